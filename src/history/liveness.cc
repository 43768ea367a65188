// SPDX-License-Identifier: MIT
#include "history/liveness.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace remuda::history {

namespace {

/// What `is_held` takes at most, and more.
constexpr std::chrono::milliseconds kLookMost{2};

}  // namespace

Result<std::optional<RunLock>> RunLock::try_take(const std::string& directory, std::uint64_t run) {
    std::string path = directory + "/" + std::to_string(run) + ".lock";
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return sys_error("cannot open " + path);
    for (int tries = 0; ::flock(fd.number(), LOCK_EX | LOCK_NB) != 0; ++tries) {
        // Somebody may only be looking.
        if (errno == EWOULDBLOCK && tries > 0) return std::optional<RunLock>();
        if (errno == EWOULDBLOCK) std::this_thread::sleep_for(kLookMost);
        if (errno != EWOULDBLOCK && errno != EINTR) return sys_error("cannot lock " + path);
    }
    return std::optional(RunLock(std::move(fd), std::move(path)));
}

Result<bool> RunLock::is_held(const std::string& directory, std::uint64_t run) {
    const std::string path = directory + "/" + std::to_string(run) + ".lock";
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT) return false;
    if (!fd) return sys_error("cannot open " + path);
    while (::flock(fd.number(), LOCK_SH | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return true;
        if (errno != EINTR) return sys_error("cannot look at " + path);
    }
    return false;
}

void RunLock::remove() {
    ::unlink(path_.c_str());
    fd_.reset();
}

std::string boot_id() {
    auto id = load_file("/proc/sys/kernel/random/boot_id");
    if (!id) return {};
    while (!id->empty() && id->back() == '\n')
        id->pop_back();
    return *id;
}

std::string machine_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

}  // namespace remuda::history
