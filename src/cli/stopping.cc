// SPDX-License-Identifier: MIT
#include "cli/stopping.h"

#include "cli/exit_codes.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>

namespace remuda::cli {

namespace {

constexpr int kLastGrade = 3;
/// Between a shell's SIGHUP to its jobs and its own end.
constexpr std::chrono::seconds kTerminalLinger{1};

}  // namespace

Stopping::Stopping(loop::Loop& loop, Duration grace, std::function<void(int)> stop)
    : loop_(loop), grace_(grace), stop_(std::move(stop)) {}

loop::Task<> Stopping::heed(loop::Signals& signals, loop::Stop& over) {
    for (;;) {
        const int number = co_await signals.next(over);
        if (number == 0) co_return;
        signalled(number);
    }
}

loop::Task<> Stopping::keep_time(loop::Stop& over) {
    for (;;) {
        const Time next = std::min(deadline_, look_);
        const loop::Wake wake = co_await loop_.wait(deadline_changed_, next, over);
        if (wake == loop::Wake::stopped) co_return;
        if (wake != loop::Wake::timeout) continue;
        if (look_ <= loop_.now()) {
            look_ = kNever;
            if (has_lost_terminal()) signalled(SIGHUP);
            continue;
        }
        deadline_ = kNever;
        raise_to(2);
    }
}

bool Stopping::asks_to_stop(int number) const {
    const bool is_reload = number == SIGHUP && answers_.reload && !has_lost_terminal();
    return number != SIGUSR1 && number != SIGTSTP && !is_reload;
}

void Stopping::signalled(int number) {
    if (!asks_to_stop(number)) {
        const std::function<void()>& answer = number == SIGUSR1   ? answers_.show_standing
                                              : number == SIGTSTP ? answers_.suspend
                                                                  : answers_.reload;
        if (answer) answer();
        if (number == SIGHUP && answers_.has_lost_terminal) {
            look_ = loop_.now() + kTerminalLinger;
            deadline_changed_.notify();
        }
        return;
    }
    const bool is_interrupt = number == SIGINT;
    // Who writes to a terminal that has gone may hear of it before the signal.
    const bool is_first = grade_ == 0 || (grade_ == 1 && exit_code_ == 0);
    cause_ = is_interrupt       ? output::StopCause::interrupt
             : number == SIGHUP ? output::StopCause::hangup
                                : output::StopCause::termination;
    if (exit_code_ == 0) exit_code_ = is_interrupt ? kExitOnInterrupt : kExitOnTermination;
    if (number == SIGHUP && is_first && answers_.hang_up) {
        grade_ = 1;
        answers_.hang_up();
    } else {
        raise_to(grade_ + 1);
    }
    if (!is_interrupt && grade_ == 1) {
        deadline_ = loop_.now() + grace_;
        deadline_changed_.notify();
    }
}

void Stopping::output_failed() {
    if (grade_ == 0) cause_ = output::StopCause::closed_output;
    raise_to(1);
}

void Stopping::raise_to(int grade) {
    while (grade_ < grade && grade_ < kLastGrade)
        stop_(++grade_);
}

}  // namespace remuda::cli
