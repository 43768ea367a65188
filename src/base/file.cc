// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <climits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda {

void Fd::reset(int fd) noexcept {
    // EINTR from close() leaves the descriptor closed on Linux: never retried.
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

Result<std::string> load_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return sys_error("cannot open " + path);
    std::string content;
    struct stat info{};
    if (::fstat(fd.number(), &info) == 0) {
        if (S_ISDIR(info.st_mode)) return sys_error("cannot read " + path, EISDIR);
        if (info.st_size > 0) content.reserve(static_cast<std::size_t>(info.st_size));
    }
    char buffer[1 << 16];
    for (;;) {
        const ssize_t n = ::read(fd.number(), buffer, sizeof buffer);
        if (n == 0) return content;
        if (n < 0) {
            if (errno == EINTR) continue;
            return sys_error("cannot read " + path);
        }
        content.append(buffer, static_cast<std::size_t>(n));
    }
}

Result<void> write_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const ssize_t n = ::write(fd, data.data(), data.size());
        if (n < 0) {
            if (errno == EINTR) continue;
            return sys_error("cannot write");
        }
        data.remove_prefix(static_cast<std::size_t>(n));
    }
    return {};
}

namespace {

// The file that `path` leads to, so that renaming onto it leaves a symbolic link in place.
std::string link_target(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                           &std::free);
    return real ? std::string(real.get()) : path;
}

Result<void> write_new_file(const Fd& fd, std::string_view content, mode_t mode) {
    if (::fchmod(fd.number(), mode) != 0) return sys_error("cannot set the mode");
    if (auto written = write_all(fd.number(), content); !written) return written;
    if (::fsync(fd.number()) != 0) return sys_error("cannot fsync");
    return {};
}

}  // namespace

Result<void> replace_file(const std::string& path, std::string_view content, mode_t mode,
                          const std::function<Result<void>()>& may_replace) {
    const std::string target = link_target(path);
    struct stat old{};
    const bool exists = ::stat(target.c_str(), &old) == 0;
    if (exists) mode = old.st_mode & 07777;

    std::string temp = target + ".XXXXXX";
    Fd fd(::mkostemp(temp.data(), O_CLOEXEC));
    if (!fd) return sys_error("cannot create a file beside " + path);
    // It stays its owner's where root replaces it, and shared by its group. Before the mode, which
    // this may change.
    if (exists && ::fchown(fd.number(), old.st_uid, old.st_gid) != 0) {
        (void)!::fchown(fd.number(), static_cast<uid_t>(-1), old.st_gid);
    }
    auto written = write_new_file(fd, content, mode);
    if (written && may_replace) written = may_replace();
    if (!written) {
        ::unlink(temp.c_str());
        return written.error().within("cannot write " + path);
    }
    fd.reset();
    if (::rename(temp.c_str(), target.c_str()) != 0) {
        const Error error = sys_error("cannot replace " + path);
        ::unlink(temp.c_str());
        return error;
    }
    const auto synced = sync_folder_of(target);
    if (!synced) return synced.error().within("cannot replace " + path);
    return {};
}

Result<void> sync_folder_of(const std::string& path) {
    const std::string parent = std::filesystem::path(path).parent_path().string();
    const Fd folder(
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems cannot fsync a folder.
    if (folder && ::fsync(folder.number()) != 0 && errno != EINVAL && errno != ENOTSUP) {
        return sys_error("cannot fsync the folder of " + path);
    }
    return {};
}

}  // namespace remuda
