// SPDX-License-Identifier: MIT
#include "shim_program/folder.h"

#include <cerrno>
#include <cstdlib>
#include <ctime>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace remuda::shim::program {

namespace {

constexpr mode_t kOwnerOnly = 0700;

bool make_folders(const std::string& path) {
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
        if (::mkdir(path.substr(0, at).c_str(), kOwnerOnly) != 0 && errno != EEXIST) return false;
    }
    return ::mkdir(path.c_str(), kOwnerOnly) == 0 || errno == EEXIST;
}

/// Opens the folder `name` in `parent`, and makes it first if need be.
Fd open_private(int parent, const std::string& name, const std::string& shown, std::string& fault) {
    ::mkdirat(parent, name.c_str(), kOwnerOnly);
    Fd folder(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat found{};
    if (!folder || ::fstat(folder.number(), &found) != 0) {
        fault = shown + ": " + error_text(errno);
        folder.reset();
    } else if (found.st_uid != ::geteuid()) {
        fault = shown + " belongs to another user";
        folder.reset();
    } else if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        fault = shown + " can be written by others";
        folder.reset();
    }
    return folder;
}

}  // namespace

std::string default_folder() {
    const char* cache = ::secure_getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/') return std::string(cache) + "/remuda";
    const char* home = ::secure_getenv("HOME");
    return std::string(home != nullptr && *home == '/' ? home : ".") + "/.cache/remuda";
}

Fd open_folder(const std::string& path, std::string& fault) {
    if (!make_folders(path)) {
        fault = path + ": " + error_text(errno);
        return {};
    }
    Fd folder = open_private(AT_FDCWD, path, path, fault);
    std::string shown = path;
    for (const std::string& name : {host_name(), std::string("v1")}) {
        if (!folder) return folder;
        shown += "/" + name;
        folder = open_private(folder.number(), name, shown, fault);
    }
    if (folder && !open_private(folder.number(), "out", shown + "/out", fault)) folder.reset();
    return folder;
}

void remove_old_programs(const std::string& path) {
    DIR* folder = ::opendir(path.c_str());
    if (folder == nullptr) return;
    constexpr std::time_t month = std::time_t{30} * 24 * 3600;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread.
    while (const dirent* entry = ::readdir(folder)) {
        const std::string_view name = entry->d_name;
        struct stat found{};
        if (!name.starts_with("shim-") ||
            ::fstatat(::dirfd(folder), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(found.st_mode) || std::time(nullptr) - found.st_mtime < month) {
            continue;
        }
        ::unlinkat(::dirfd(folder), entry->d_name, 0);
    }
    ::closedir(folder);
}

}  // namespace remuda::shim::program
