// SPDX-License-Identifier: MIT
#include "cli/choice.h"

#include "cli/fd_sink.h"

#include <array>
#include <cerrno>
#include <string>

#include <termios.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

// One line from the terminal, which gives whole lines. Nothing at an end of input.
std::optional<std::string> read_line() {
    std::string line;
    for (;;) {
        std::array<char, 256> buffer{};
        const ssize_t n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return std::nullopt;
        line.append(buffer.data(), static_cast<std::size_t>(n));
        if (line.find('\n') != std::string::npos) return line;
    }
}

}  // namespace

std::optional<char> letter_of(std::string_view answer, std::string_view letters) {
    const std::size_t at = answer.find_first_not_of(" \t\r\n");
    if (at == std::string_view::npos) return std::nullopt;
    char letter = answer[at];
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
    if (letters.find(letter) == std::string_view::npos) return std::nullopt;
    return letter;
}

bool can_ask_user() {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

std::optional<char> ask_user(std::string_view question, std::string_view letters) {
    FdSink err(STDERR_FILENO, nullptr);
    // What was typed for the editor is no answer.
    (void)::tcflush(STDIN_FILENO, TCIFLUSH);
    for (;;) {
        err.write(question);
        const auto line = read_line();
        if (!line) {
            err.write("\n");
            return std::nullopt;
        }
        if (const auto letter = letter_of(*line, letters)) return letter;
    }
}

}  // namespace remuda::cli
