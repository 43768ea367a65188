// SPDX-License-Identifier: MIT
#include "cli/fd_sink.h"

#include <cerrno>

#include <poll.h>
#include <unistd.h>

namespace remuda::cli {

void FdSink::write(std::string_view text) {
    while (!text.empty() && failure_ == 0) {
        const ssize_t n = ::write(fd_, text.data(), text.size());
        if (n >= 0) {
            text.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            // Somebody who shares the terminal with us has made it non-blocking.
            struct pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
            (void)::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            failure_ = errno;
            if (on_failure_) on_failure_(failure_);
        }
    }
}

}  // namespace remuda::cli
