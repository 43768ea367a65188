// SPDX-License-Identifier: MIT
#include "cli/interruption.h"

#include "cli/exit_codes.h"
#include "cli/terminal.h"

#include <csignal>
#include <exception>
#include <utility>

#include <unistd.h>

namespace remuda::cli {

bool is_ignored(int signal) {
    struct sigaction action{};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

Interruption::Interruption(loop::Loop& loop, std::function<void()> stop,
                           std::function<void(bool)> suspend)
    : loop_(loop),
      stop_(std::move(stop)),
      suspend_(std::move(suspend)),
      signals_(loop, {SIGINT, SIGTERM, is_ignored(SIGHUP) ? SIGTERM : SIGHUP,
                      is_ignored(SIGTSTP) ? SIGTERM : SIGTSTP}) {}

loop::Task<> Interruption::heed(loop::Stop& over) {
    for (;;) {
        const int number = co_await signals_.next(over);
        if (number == 0) co_return;
        if (number == SIGTSTP) {
            suspend_(true);
            stop_until_continued();
            suspend_(false);
            continue;
        }
        if (exit_code_ != 0) ::_exit(exit_code_);
        exit_code_ = number == SIGINT ? kExitOnInterrupt : kExitOnTermination;
        stop_();
    }
}

loop::Task<> Interruption::guard(loop::Task<> task) {
    loop::Stop over;
    loop::Scope scope(loop_);
    scope.spawn(heed(over));
    std::exception_ptr fault;
    try {
        co_await std::move(task);
    } catch (...) {
        fault = std::current_exception();
    }
    over.request();
    co_await scope.join();
    if (fault) std::rethrow_exception(fault);
}

}  // namespace remuda::cli
