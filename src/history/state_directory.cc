// SPDX-License-Identifier: MIT
#include "history/state_directory.h"

#include "remuda/base/fd.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace remuda::history {
namespace {

// From linux/magic.h and the kernel's sources; that header lacks several of them.
constexpr unsigned long kNfs = 0x6969;
constexpr unsigned long kSmb = 0x517b;
constexpr unsigned long kCifs = 0xff534d42;
constexpr unsigned long kSmb2 = 0xfe534d42;
constexpr unsigned long k9p = 0x01021997;
constexpr unsigned long kLustre = 0x0bd00bd0;
constexpr unsigned long kFuse = 0x65735546;
constexpr unsigned long kAfs = 0x5346414f;
constexpr unsigned long kCeph = 0x00c36400;

Result<void> make_file(const std::string& path) {
    // Never opened once it exists: closing it would drop the locks that SQLite holds on it for
    // another connection of this process.
    const Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (fd) {
        if (::fchmod(fd.number(), 0600) != 0) return sys_error("cannot make " + path);
        return sync_folder_of(path);
    }
    if (errno != EEXIST) return sys_error("cannot make " + path);
    return {};
}

}  // namespace

FileSystem file_system_of_type(unsigned long magic) {
    switch (magic) {
        case kNfs:
        case kSmb:
        case kCifs:
        case kSmb2:
        case kCeph:
            return {.is_remote = true, .shares_locks = true};
        // Depends on how they were mounted, so no.
        case k9p:
        case kLustre:
        case kFuse:
        case kAfs:
            return {.is_remote = true, .shares_locks = false};
        default:
            return {};
    }
}

FileSystem file_system_of(const std::string& path) {
    struct statfs found{};
    if (::statfs(path.c_str(), &found) != 0) return {.is_remote = true, .shares_locks = false};
    // Some magic numbers fill 32 bits, which `f_type` may hold with a sign.
    return file_system_of_type(static_cast<unsigned long>(found.f_type) & 0xffffffffUL);
}

Result<void> make_folder(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0) {
        // The umask may have taken more away than it should.
        if (::chmod(path.c_str(), 0700) != 0) return sys_error("cannot make " + path);
        return sync_folder_of(path);
    }
    if (errno != EEXIST) return sys_error("cannot make " + path);
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return sys_error("cannot use " + path);
    if (!S_ISDIR(found.st_mode)) return sys_error("cannot use " + path, ENOTDIR);
    return {};
}

Result<void> make_state_directory(const std::string& directory) {
    if (auto made = make_folder(directory); !made) return made;
    if (auto made = make_folder(directory + "/runs"); !made) return made;
    return make_file(directory + "/state.db");
}

}  // namespace remuda::history
