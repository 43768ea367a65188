// SPDX-License-Identifier: MIT
#include "cli/ask_secret.h"

#include "cli/fd_sink.h"
#include "cli/read_answer.h"

#include <string_view>
#include <utility>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

constexpr std::size_t kLongestAnswer = 4096;

}  // namespace

SilentTerminal::SilentTerminal()
    : terminal_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    if (!terminal_) return;
    // Whoever changes or reads the terminal from the background is stopped.
    if (!is_foreground(terminal_.number()) || ::tcgetattr(terminal_.number(), &usual_) != 0) {
        terminal_.reset();
        return;
    }
    silence();
}

SilentTerminal::~SilentTerminal() {
    // What follows the answer may be for the shell; the half of an answer is not.
    restore(is_answered_ ? TCSADRAIN : TCSAFLUSH);
}

void SilentTerminal::silence() {
    termios silent = usual_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    // ctrl-\ would end us at once, and leave the terminal silent.
    silent.c_cc[VQUIT] = _POSIX_VDISABLE;
    // What was typed before the question is no answer to it.
    (void)::tcsetattr(terminal_.number(), TCSAFLUSH, &silent);
}

void SilentTerminal::restore(int when) const {
    if (terminal_ && is_foreground(terminal_.number())) {
        (void)::tcsetattr(terminal_.number(), when, &usual_);
    }
}

void SilentTerminal::suspend(bool is_suspended) {
    if (is_suspended) {
        restore(TCSAFLUSH);
    } else if (terminal_ && is_foreground(terminal_.number())) {
        silence();
    }
}

void SilentTerminal::write(const std::string& text) const {
    FdSink(terminal_.number(), nullptr).write(text);
}

loop::Task<std::optional<Secret>> ask_secret(loop::Loop& loop, loop::Stop& stop,
                                             SilentTerminal& terminal, std::string question) {
    terminal.write(question);
    ReadAnswer answer =
        co_await read_answer(loop, stop, terminal.number(), AnswerEnd::line_break, kLongestAnswer);
    // The line break that was typed was not shown either.
    if (!answer.was_stopped) terminal.write("\n");
    if (!answer.text) co_return std::nullopt;
    terminal.answered();
    const std::string_view line = answer.text->view();
    co_return Secret(std::string(line.substr(0, line.size() - 1)));
}

}  // namespace remuda::cli
