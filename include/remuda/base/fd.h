// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

namespace remuda {

/// Owns one file descriptor and closes it. Every descriptor that we open is CLOEXEC.
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

    /// Closes what is held, ignoring errors, and takes `fd`.
    void reset(int fd = -1) noexcept;
    /// Gives the descriptor away without closing it.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

    [[nodiscard]] int number() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

/// The whole content of a file. `not_found` if it does not exist, `system` for other failures.
[[nodiscard]] Result<std::string> load_file(const std::string& path);

/// Replaces `path` whole: temp file beside it with `mode` (the old file's mode if it exists),
/// fsync, rename, fsync of the folder. On failure the old content stands and the temp file is gone.
/// A symbolic link is followed, so that it stays a link; the group is kept where that is allowed.
/// `may_replace` is asked as late as possible, when only the rename is left: an Error from it is
/// the failure.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view content,
                                        mode_t mode = 0644,
                                        const std::function<Result<void>()>& may_replace = nullptr);

/// So that a file that was just made or renamed is still there after a crash of the machine. A
/// folder that cannot be opened or synced by its file system is no failure.
[[nodiscard]] Result<void> sync_folder_of(const std::string& path);

/// Writes all of `data` to `fd`, retrying short writes and EINTR.
[[nodiscard]] Result<void> write_all(int fd, std::string_view data);

}  // namespace remuda
