// SPDX-License-Identifier: MIT
#include "cli/ask_secret.h"

#include "cli/fd_sink.h"

#include <cerrno>
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
    const bool is_ours = ::tcgetpgrp(terminal_.number()) == ::getpgrp();
    if (!is_ours || ::tcgetattr(terminal_.number(), &usual_) != 0) {
        terminal_.reset();
        return;
    }
    silence();
}

SilentTerminal::~SilentTerminal() {
    suspend(true);
}

void SilentTerminal::silence() {
    termios silent = usual_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
    // ctrl-\ would end us at once, and leave the terminal silent.
    silent.c_cc[VQUIT] = _POSIX_VDISABLE;
    // What was typed before the question is no answer to it.
    (void)::tcsetattr(terminal_.number(), TCSAFLUSH, &silent);
}

void SilentTerminal::suspend(bool is_suspended) {
    if (!terminal_) return;
    if (is_suspended) {
        (void)::tcsetattr(terminal_.number(), TCSADRAIN, &usual_);
    } else {
        silence();
    }
}

void SilentTerminal::write(const std::string& text) const {
    FdSink(terminal_.number(), nullptr).write(text);
}

loop::Task<std::optional<Secret>> ask_secret(loop::Loop& loop, loop::Stop& stop,
                                             SilentTerminal& terminal, std::string question) {
    terminal.write(question);
    // Never grows, so that no copies are left behind.
    std::string line(kLongestAnswer, '\0');
    std::size_t length = 0;
    bool is_whole = false;
    while (!is_whole && length < line.size()) {
        const loop::Wake wake =
            co_await loop.wait_fd(terminal.number(), loop::Readiness::readable, kNever, stop);
        if (wake != loop::Wake::ready) break;
        const ssize_t n = ::read(terminal.number(), line.data() + length, line.size() - length);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n <= 0) break;
        length += static_cast<std::size_t>(n);
        is_whole = line[length - 1] == '\n';
    }
    loop.forget(terminal.number());
    // The line break that was typed was not shown either.
    terminal.write("\n");
    const Secret typed(std::move(line));
    if (!is_whole) co_return std::nullopt;
    co_return Secret(std::string(typed.view().substr(0, length - 1)));
}

}  // namespace remuda::cli
