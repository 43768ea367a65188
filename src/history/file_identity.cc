// SPDX-License-Identifier: MIT
#include "history/file_identity.h"

#include <cerrno>

#include <sys/stat.h>

namespace remuda::history {

Result<FileIdentity> FileIdentity::of(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return sys_error("cannot use " + path);
    return FileIdentity(path, found.st_dev, found.st_ino);
}

bool FileIdentity::is_gone() const {
    struct stat found{};
    if (::stat(path_.c_str(), &found) != 0) return errno == ENOENT || errno == ENOTDIR;
    return found.st_dev != device_ || found.st_ino != inode_;
}

}  // namespace remuda::history
