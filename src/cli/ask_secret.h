// SPDX-License-Identifier: MIT
//
// A question on the terminal whose answer is not shown.
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/secret.h"
#include "remuda/loop/loop.h"

#include <optional>
#include <string>

#include <termios.h>

namespace remuda::cli {

/// The controlling terminal, on which nothing that is typed is shown until this is destroyed.
class SilentTerminal {
  public:
    /// Not open if there is no terminal, or others have it: we run in the background.
    SilentTerminal();
    ~SilentTerminal();
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

    [[nodiscard]] bool is_open() const { return static_cast<bool>(terminal_); }
    [[nodiscard]] int number() const { return terminal_.number(); }
    void write(const std::string& text) const;
    /// The answer has been read: what is typed behind it stays, for whoever reads next.
    void answered() { is_answered_ = true; }
    /// While this process is stopped the terminal is as it was before, for the shell.
    void suspend(bool is_suspended);

  private:
    void silence();
    void restore(int when) const;

    Fd terminal_;
    termios usual_{};
    bool is_answered_ = false;
};

/// Asks on `terminal` and waits for a line, without holding up the loop. Nothing at an end of input
/// or a stop.
[[nodiscard]] loop::Task<std::optional<Secret>> ask_secret(loop::Loop& loop, loop::Stop& stop,
                                                           SilentTerminal& terminal,
                                                           std::string question);

}  // namespace remuda::cli
