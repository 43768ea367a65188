// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/clock.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/signals.h"
#include "remuda/loop/task.h"
#include "remuda/output/output.h"

#include <functional>
#include <utility>

namespace remuda::cli {

/// Answers signals. What asks us to stop becomes a grade (model::StopAsked): each ctrl-c is one
/// grade more; SIGTERM and SIGHUP are the first with a time limit: after `grace` the second follows
/// by itself. SIGHUP leaves what outlives us, since nobody is there to see it.
class Stopping {
  public:
    /// What other signals ask for. What is empty is not done.
    struct Answers {
        /// SIGUSR1: how do things stand?
        std::function<void()> show_standing;
        /// SIGTSTP (ctrl-z): leave the terminal, stop this process, and retake it when it goes on.
        std::function<void()> suspend;
        /// SIGHUP, where it does not mean SIGTERM: read hosts.yaml again.
        std::function<void()> reload;
        /// The terminal that we were started from is gone: SIGHUP means SIGTERM, whatever `reload`
        /// is. Asked once more a moment after a SIGHUP, since shells send it before they go.
        std::function<bool()> has_lost_terminal = nullptr;
        /// Called with the first grade, if SIGHUP asks for it, instead of `stop`.
        std::function<void()> hang_up;
    };

    /// `stop` is told of each grade, in ascending order, each once.
    Stopping(loop::Loop& loop, Duration grace, std::function<void(int)> stop);
    void set_answers(Answers answers) { answers_ = std::move(answers); }

    /// Listens until `over`. Await once.
    loop::Task<> heed(loop::Signals& signals, loop::Stop& over);
    /// Raises the grade when the time limit passes, until `over`. Await once.
    loop::Task<> keep_time(loop::Stop& over);

    /// A signal came.
    void signalled(int number);
    /// Whether that signal would raise the grade.
    [[nodiscard]] bool asks_to_stop(int number) const;
    /// Nobody reads our output any more: as the first ctrl-c.
    void output_failed();

    /// How far the user wants to stop, 0 to 3.
    [[nodiscard]] int grade() const { return grade_; }
    /// Who asked last for it.
    [[nodiscard]] output::StopCause cause() const { return cause_; }
    /// 130 or 143 where a signal has stopped the run, else 0.
    [[nodiscard]] int exit_code() const { return exit_code_; }

  private:
    void raise_to(int grade);
    [[nodiscard]] bool has_lost_terminal() const {
        return answers_.has_lost_terminal && answers_.has_lost_terminal();
    }

    // Set once.
    loop::Loop& loop_;
    Duration grace_;
    std::function<void(int)> stop_;
    Answers answers_;

    int grade_ = 0;
    output::StopCause cause_ = output::StopCause::interrupt;
    int exit_code_ = 0;
    /// When the next grade follows by itself.
    Time deadline_ = kNever;
    /// When to look whether the terminal is gone.
    Time look_ = kNever;
    loop::Notice deadline_changed_;
};

}  // namespace remuda::cli
