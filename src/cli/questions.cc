// SPDX-License-Identifier: MIT
#include "cli/questions.h"

#include "cli/askpass.h"
#include "cli/read_answer.h"
#include "remuda/base/fd.h"

#include <utility>

#include <fcntl.h>

namespace remuda::cli {

class Questions::Turn {
  public:
    Turn(Questions& owner, loop::Stop& stop) : owner_(owner), own_(stop) {
        owner_.is_asking_ = true;
        owner_.stop_ = &own_;
        if (owner_.while_asking_) owner_.while_asking_(true);
    }
    ~Turn() {
        if (owner_.while_asking_) owner_.while_asking_(false);
        owner_.stop_ = nullptr;
        owner_.terminal_ = nullptr;
        owner_.is_asking_ = false;
        owner_.over_.notify();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    /// Ends with that of whoever asked, or when the question is dropped.
    [[nodiscard]] loop::Stop& stop() { return own_; }

  private:
    Questions& owner_;
    loop::Stop own_;
};

loop::Task<bool> Questions::wait_turn(loop::Stop& stop) {
    while (is_asking_ && !is_dropped_) {
        const loop::Wake wake = co_await loop_.wait(over_, kNever, stop);
        if (wake == loop::Wake::stopped) co_return false;
    }
    co_return !is_dropped_;
}

loop::Task<std::vector<bool>> Questions::ask_new_hosts(std::vector<NewHost> hosts,
                                                       loop::Stop& stop) {
    const bool is_our_turn = co_await wait_turn(stop);
    if (!is_our_turn) co_return std::vector<bool>(hosts.size(), false);
    const Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!terminal) co_return std::vector<bool>(hosts.size(), false);
    Turn turn(*this, stop);
    asked_on_ = terminal.number();
    auto trusted =
        co_await ask_on_terminal(loop_, turn.stop(), terminal.number(), std::move(hosts));
    close(turn.stop());
    co_return std::move(trusted);
}

loop::Task<std::optional<Secret>> Questions::ask_secret(std::string question, loop::Stop& stop) {
    const bool is_our_turn = co_await wait_turn(stop);
    if (!is_our_turn) co_return std::nullopt;
    Turn turn(*this, stop);
    if (!askpass_.empty()) {
        co_return co_await ask_by_program(loop_, turn.stop(), askpass_, std::move(question));
    }
    SilentTerminal terminal;
    if (!terminal.is_open()) co_return std::nullopt;
    terminal_ = &terminal;
    asked_on_ = terminal.number();
    question_ = question;
    auto answer = co_await cli::ask_secret(loop_, turn.stop(), terminal, std::move(question));
    close(turn.stop());
    terminal_ = nullptr;
    co_return std::move(answer);
}

void Questions::drop() {
    is_dropped_ = true;
    withdraw();
    if (stop_ != nullptr) stop_->request();
    over_.notify();
}

void Questions::withdraw() {
    if (const int terminal = std::exchange(asked_on_, -1); terminal >= 0) {
        withdraw_question(terminal);
    }
}

void Questions::close(const loop::Stop& stop) {
    if (stop.is_requested()) withdraw();
    asked_on_ = -1;
}

void Questions::suspend(bool is_suspended) {
    if (terminal_ == nullptr) return;
    terminal_->suspend(is_suspended);
    if (!is_suspended) terminal_->write(question_);
}

}  // namespace remuda::cli
