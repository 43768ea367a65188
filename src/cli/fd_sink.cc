// SPDX-License-Identifier: MIT
#include "cli/fd_sink.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <climits>

#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

// Files, and /dev/null (null(4)).
bool can_never_wait(int fd) {
    constexpr unsigned memory_devices = 1;
    constexpr unsigned null_device = 3;
    struct stat status{};
    if (::fstat(fd, &status) != 0) return false;
    return S_ISREG(status.st_mode) ||
           (S_ISCHR(status.st_mode) && status.st_rdev == makedev(memory_devices, null_device));
}

}  // namespace

FdSink::FdSink(int fd, std::function<void(int)> on_failure)
    : fd_(fd), never_waits_(can_never_wait(fd)), on_failure_(std::move(on_failure)) {}

// The descriptor may be shared with others, so it stays a blocking one; a pipe that poll() calls
// writable takes PIPE_BUF bytes without blocking.
bool FdSink::wait_until_writable() {
    for (;;) {
        std::array<pollfd, 2> events{{{.fd = fd_, .events = POLLOUT, .revents = 0},
                                      {.fd = interrupt_.fd, .events = POLLIN, .revents = 0}}};
        if (::poll(events.data(), events.size(), -1) < 0) continue;
        if (events[0].revents != 0) return true;
        if (events[1].revents != 0 && interrupt_.gives_up()) return false;
    }
}

void FdSink::write(std::string_view text) {
    while (!text.empty() && failure_ == 0) {
        if (!never_waits_ && !wait_until_writable()) {
            failure_ = ECANCELED;
            return;
        }
        const std::size_t size =
            never_waits_ ? text.size() : std::min<std::size_t>(text.size(), PIPE_BUF);
        const ssize_t n = ::write(fd_, text.data(), size);
        if (n >= 0) {
            text.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno != EINTR && errno != EAGAIN) {
            failure_ = errno;
            if (on_failure_) on_failure_(failure_);
        }
    }
}

}  // namespace remuda::cli
