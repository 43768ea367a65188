// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/loop/signals.h"

#include <functional>

namespace remuda::cli {

/// Whoever started us has this signal ignored, as nohup does.
[[nodiscard]] bool is_ignored(int signal);

/// Ends something short at ctrl-c, SIGTERM and SIGHUP as it should end, so that the terminal is
/// left as it was; the second such signal ends the program at once.
class Interruption {
  public:
    /// `stop` is called at the first; `suspend` with true before this process is stopped by ctrl-z,
    /// with false when it goes on.
    Interruption(loop::Loop& loop, std::function<void()> stop, std::function<void(bool)> suspend);

    /// Runs `task` with the signals heard.
    loop::Task<> guard(loop::Task<> task);
    /// 130 or 143 where a signal came, else 0.
    [[nodiscard]] int exit_code() const { return exit_code_; }

  private:
    loop::Task<> heed(loop::Stop& over);

    loop::Loop& loop_;
    std::function<void()> stop_;
    std::function<void(bool)> suspend_;
    loop::Signals signals_;
    int exit_code_ = 0;
};

}  // namespace remuda::cli
