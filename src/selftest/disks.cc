// SPDX-License-Identifier: MIT
#include "selftest/disks.h"

#include "remuda/base/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::selftest {

namespace {

// The shim's program and a few hundred receipts.
constexpr const char* kSize = "size=6m,mode=0700";
constexpr const char* kFiller = "/filler";

Result<void> write_proc(const char* path, const std::string& text) {
    const Fd file(::open(path, O_WRONLY | O_CLOEXEC));
    if (!file) return sys_error(path);
    return write_all(file.number(), text);
}

/// Only so may an ordinary user mount. The user stays who they are.
Result<void> enter_own_users() {
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return sys_error("unshare");
    // Missing in old kernels, which do not ask for it.
    (void)write_proc("/proc/self/setgroups", "deny");
    auto written = write_proc("/proc/self/uid_map", fmt::format("{} {} 1", user, user));
    if (!written) return written;
    return write_proc("/proc/self/gid_map", fmt::format("{} {} 1", group, group));
}

}  // namespace

Result<void> enter_own_mounts() {
    if (::geteuid() == 0) {
        if (::unshare(CLONE_NEWNS) != 0) return sys_error("unshare");
    } else if (auto entered = enter_own_users(); !entered) {
        return entered;
    }
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return sys_error("mount");
    return {};
}

Result<Disk> Disk::mount(const std::string& folder) {
    if (::mount("remuda", folder.c_str(), "tmpfs", MS_NODEV | MS_NOSUID, kSize) != 0) {
        return sys_error("cannot mount on " + folder);
    }
    return Disk(folder);
}

Disk::~Disk() {
    if (!folder_.empty()) ::umount2(folder_.c_str(), MNT_DETACH);
}

Disk::Disk(Disk&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}

void Disk::fill() {
    const Fd file(
        ::open((folder_ + kFiller).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!file) return;
    static constexpr std::array<char, 65536> zeros{};
    for (std::size_t step = zeros.size(); step > 0;) {
        if (::write(file.number(), zeros.data(), step) > 0) continue;
        if (errno != EINTR) step /= 2;
    }
}

void Disk::free() {
    ::unlink((folder_ + kFiller).c_str());
}

}  // namespace remuda::selftest
