// SPDX-License-Identifier: MIT
#include "ssh/known_hosts_add.h"

#include "remuda/base/fd.h"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace remuda::ssh {

namespace {

constexpr int kOpenTries = 5;
constexpr int kLockTries = 20;
constexpr timespec kLockPause{.tv_sec = 0, .tv_nsec = 5'000'000};

// The lock is held for the time of one write; whoever keeps it longer is stopped or stuck, and the
// loop's thread must not share that fate.
Result<void> take_lock(int fd, const std::string& path) {
    for (int i = 0; i < kLockTries; ++i) {
        if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
        if (errno != EWOULDBLOCK && errno != EINTR) return sys_error("cannot lock " + path);
        ::nanosleep(&kLockPause, nullptr);
    }
    return Error(Code::locked, "another process keeps " + path + " locked");
}

// `ssh-keygen -R` renames a new file onto the old one: a lock on the old one is worth nothing.
bool is_still_at(const struct stat& opened, const std::string& path) {
    struct stat now{};
    return ::stat(path.c_str(), &now) == 0 && now.st_dev == opened.st_dev &&
           now.st_ino == opened.st_ino;
}

Result<void> append_locked(int fd, off_t size, const std::string& path, std::string_view line) {
    std::string bytes;
    char last = '\n';
    if (size > 0 && ::pread(fd, &last, 1, size - 1) != 1) return sys_error("cannot read " + path);
    if (last != '\n') bytes += '\n';
    bytes += line;
    bytes += '\n';
    ssize_t written = 0;
    do {
        written = ::write(fd, bytes.data(), bytes.size());
    } while (written < 0 && errno == EINTR);
    if (written == static_cast<ssize_t>(bytes.size())) return {};
    const Error error = sys_error("cannot write " + path, written < 0 ? errno : ENOSPC);
    if (written > 0 && ::ftruncate(fd, size) != 0) return sys_error("cannot truncate " + path);
    return error;
}

}  // namespace

Result<void> append_known_hosts_line(const std::string& path, std::string_view line) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    if (!folder.empty() && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return sys_error("cannot make the folder " + folder);
    }
    for (int i = 0; i < kOpenTries; ++i) {
        const Fd fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
        if (!fd) return sys_error("cannot open " + path);
        if (auto locked = take_lock(fd.number(), path); !locked) return locked;
        struct stat info{};
        if (::fstat(fd.number(), &info) != 0) return sys_error("cannot stat " + path);
        if (!S_ISREG(info.st_mode)) {
            return Error(Code::invalid_input, path + " is not a regular file");
        }
        if (is_still_at(info, path)) return append_locked(fd.number(), info.st_size, path, line);
    }
    return Error(Code::locked, path + " is being replaced over and over by another process");
}

}  // namespace remuda::ssh
