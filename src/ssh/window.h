// SPDX-License-Identifier: MIT
//
// Window: how far a server may be ahead of us on one channel (RFC 4254, section 5.2). It bounds the
// throughput of a command (by the window over the round trip) and the memory of one whose output
// nobody reads.
#pragma once

#include "remuda/base/clock.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <libssh2.h>

namespace remuda::ssh {

/// Begins small, and grows where a command far away writes much and we keep up with it.
class Window {
  public:
    static constexpr std::size_t kFirstBytes = std::size_t{512} * 1024;
    static constexpr std::size_t kMostBytes = std::size_t{4096} * 1024;
    /// By which those of one connection grow together.
    static constexpr std::size_t kMostGrowth = std::size_t{4096} * 1024;
    /// From here on growing pays: 512 KiB in 2 ms are 260 MB/s.
    static constexpr Duration kFar = std::chrono::milliseconds(2);

    /// What the windows of one connection may yet grow.
    using Spare = std::shared_ptr<std::size_t>;
    [[nodiscard]] static Spare spare_of_connection() {
        return std::make_shared<std::size_t>(kMostGrowth);
    }

    explicit Window(Spare spare) : spare_(std::move(spare)) {}
    ~Window() { *spare_ += size_ - kFirstBytes; }
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    /// The server took so long to open the channel: a round trip, and little else.
    void opened_after(Duration time) { is_far_ = time >= kFar; }
    /// All that had come was read, so many bytes.
    void has_read(std::size_t bytes) {
        read_ += bytes;
        if (!is_far_ || read_ < size_) return;
        read_ = 0;
        const std::size_t more = std::min({size_, kMostBytes - size_, *spare_});
        *spare_ -= more;
        size_ += more;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Tells the library, once, as soon as it takes it.
    void apply_to(LIBSSH2_CHANNEL* channel) {
        if (applied_ == size_) return;
        if (libssh2_channel_window_grow(channel, size_) == 0) applied_ = size_;
    }

  private:
    Spare spare_;
    std::size_t size_ = kFirstBytes;
    std::size_t applied_ = kFirstBytes;
    /// Since it grew last.
    std::uint64_t read_ = 0;
    bool is_far_ = false;
};

}  // namespace remuda::ssh
