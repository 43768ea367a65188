// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "support/program.h"
#include "user.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace remuda::test {

/// A remuda, or a shell in the user's project, on a terminal of its own, which is its controlling
/// one. Killed with its jobs if the test leaves it.
class Terminal {
  public:
    Terminal(const User& user, const Words& words, unsigned short columns,
             const Environment& more = {});
    /// An interactive sh, which has job control.
    [[nodiscard]] static Terminal with_shell(const User& user, unsigned short columns);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    void type(std::string_view text) const;
    /// Reads until `text` has been shown behind the first `from` bytes; throws with what was shown
    /// if it is not.
    void read_until(std::string_view text, std::size_t from = 0);
    /// The terminal goes away; the exit code of what ran on it, or -1 if a signal ended it.
    [[nodiscard]] int hang_up();
    /// Reads to the end; the exit code, or -1 if a signal ended it.
    [[nodiscard]] int finish();
    /// All bytes that it has written.
    [[nodiscard]] const std::string& bytes() const { return bytes_; }

  private:
    Terminal(const Words& command, const Environment& environment, unsigned short columns);
    bool read_some();
    int end_of_child();

    pid_t pid_ = -1;
    Fd master_;
    std::string bytes_;
};

/// What stands on a screen of that width, line by line and without trailing blanks, after `bytes`:
/// wraps at the edge, knows \r, \n, "erase to the end of the line" and passes over SGR. Any other
/// escape sequence stays visible as "<ESC>".
[[nodiscard]] std::vector<std::string> screen_of(std::string_view bytes, std::size_t columns);

}  // namespace remuda::test
