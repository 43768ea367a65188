// SPDX-License-Identifier: MIT
#include "cli/read_answer.h"

#include "cli/fd_sink.h"

#include <cerrno>
#include <string>
#include <utility>

#include <termios.h>
#include <unistd.h>

namespace remuda::cli {

loop::Task<ReadAnswer> read_answer(loop::Loop& loop, loop::Stop& stop, int fd, AnswerEnd end,
                                   std::size_t longest) {
    ReadAnswer answer;
    // Never grows, so that no copies are left behind.
    std::string bytes(longest, '\0');
    std::size_t length = 0;
    bool is_whole = false;
    while (!is_whole && length < bytes.size()) {
        const loop::Wake wake = co_await loop.wait_fd(fd, loop::Readiness::readable, kNever, stop);
        answer.was_stopped = wake == loop::Wake::stopped;
        if (wake != loop::Wake::ready) break;
        const ssize_t n = ::read(fd, bytes.data() + length, bytes.size() - length);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n < 0) break;
        length += static_cast<std::size_t>(n);
        if (end == AnswerEnd::line_break) {
            if (n == 0) break;
            is_whole = bytes[length - 1] == '\n';
        } else {
            is_whole = n == 0;
        }
    }
    loop.forget(fd);
    const Secret all(std::move(bytes));
    if (is_whole) answer.text.emplace(std::string(all.view().substr(0, length)));
    co_return std::move(answer);
}

void withdraw_question(int terminal) {
    if (is_foreground(terminal)) (void)::tcflush(terminal, TCIFLUSH);
    FdSink(terminal, nullptr).write("\nthe question is withdrawn: no answer is needed any more\n");
}

bool is_foreground(int terminal) {
    return ::tcgetpgrp(terminal) == ::getpgrp();
}

}  // namespace remuda::cli
