// SPDX-License-Identifier: MIT
#include "support/privsep_dir.h"

#include "remuda/base/fd.h"

#include <cerrno>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::test {
namespace {

constexpr const char* kFolder = "/run/sshd";
constexpr const char* kLock = "/run/remuda-test-sshd.lock";

/// Held shared by every test program that uses the folder. The lock file has content if a test
/// program made the folder.
class PrivsepDir {
  public:
    PrivsepDir() {
        if (::geteuid() != 0) return;
        struct stat held{};
        do {
            lock_.reset(::open(kLock, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
            if (!lock_ || ::flock(lock_.number(), LOCK_SH) != 0) {
                throw std::runtime_error("cannot lock /run/remuda-test-sshd.lock");
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

  private:
    Fd lock_;
};

}  // namespace

void use_privsep_dir() {
    static const PrivsepDir folder;
}

}  // namespace remuda::test
