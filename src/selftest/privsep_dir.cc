// SPDX-License-Identifier: MIT
#include "selftest/privsep_dir.h"

#include "remuda/base/fd.h"

#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::selftest {
namespace {

constexpr const char* kFolder = "/run/sshd";
constexpr const char* kLock = "/run/remuda-test-sshd.lock";

/// Held shared by every program that uses the folder so. The lock file has content if one of them
/// made the folder.
class PrivsepDir {
  public:
    PrivsepDir() {
        if (::geteuid() != 0) return;
        struct stat held{};
        do {
            lock_.reset(::open(kLock, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
            if (!lock_ || ::flock(lock_.number(), LOCK_SH) != 0) {
                fault_ = sys_error(std::string("cannot lock ") + kLock);
                lock_.reset();
                return;
            }
            // The last user may have removed the file between our open and our lock.
        } while (::fstat(lock_.number(), &held) != 0 || held.st_nlink == 0);
        if (::mkdir(kFolder, 0755) == 0) (void)write_all(lock_.number(), "made");
    }
    ~PrivsepDir() {
        if (!lock_ || ::flock(lock_.number(), LOCK_EX | LOCK_NB) != 0) return;
        struct stat held{};
        if (::fstat(lock_.number(), &held) == 0 && held.st_size > 0) ::rmdir(kFolder);
        ::unlink(kLock);
    }
    PrivsepDir(const PrivsepDir&) = delete;
    PrivsepDir& operator=(const PrivsepDir&) = delete;

    [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }

  private:
    Fd lock_;
    std::optional<Error> fault_;
};

}  // namespace

Result<void> use_privsep_dir() {
    static const PrivsepDir folder;
    const std::optional<Error>& fault = folder.fault();
    if (fault) return *fault;
    return {};
}

}  // namespace remuda::selftest
