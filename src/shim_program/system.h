// SPDX-License-Identifier: MIT
//
// What the program asks the system for, without exceptions: descriptors, small files, time.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace remuda::shim::program {

constexpr std::uint64_t kUsPerMs = 1000;

/// Owns one descriptor and closes it.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() { reset(); }
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) reset(std::exchange(other.fd_, -1));
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    void reset(int fd = -1) noexcept {
        if (fd_ >= 0) ::close(fd_);
        fd_ = fd;
    }
    [[nodiscard]] int number() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

/// Whether a call that failed with this errno may be made again.
inline bool is_again(int error) {
    return error == EAGAIN || error == EINTR;
}

/// What an errno means.
std::string error_text(int error);

/// Of a clock that never jumps; the same for all processes until the next boot.
std::uint64_t now_us();
/// Since 1970-01-01 UTC.
std::uint64_t wall_clock_ms();

bool write_all(int fd, std::string_view bytes);

constexpr std::size_t kMostSentFds = 2;
/// send(2) over a Unix socket, with up to kMostSentFds descriptors. Allocates nothing.
ssize_t send_with_fds(int socket, const void* data, std::size_t size, const int* fds,
                      std::size_t fd_count, int flags);

/// The beginning of a file, at most `most` bytes; empty where it cannot be read.
std::string read_file(const char* path, std::size_t most, int folder = -100 /* AT_FDCWD */);

/// 32 hex digits.
std::string random_name();

std::string boot_id();
/// 32 hex digits that tell machines of one name apart, and nothing else about them; empty where the
/// machine has no identity that lasts.
std::string machine_name();
std::string host_name();

/// The number at the front of `text`, 0 where there is none.
std::uint64_t to_number(std::string_view text);

bool set_nonblocking(int fd);

}  // namespace remuda::shim::program
