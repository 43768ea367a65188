// SPDX-License-Identifier: MIT
#include "terminal.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remuda::test {

namespace {

constexpr std::chrono::seconds kLimit{60};

// `sequence` begins behind an ESC; the length of a "[...m" there, or 0.
std::size_t sgr_length(std::string_view sequence) {
    if (!sequence.starts_with('[')) return 0;
    const std::size_t end = sequence.find_first_not_of("0123456789;", 1);
    return end != std::string_view::npos && sequence[end] == 'm' ? end + 1 : 0;
}

}  // namespace

Terminal::Terminal(const User& user, const Words& words, unsigned short columns,
                   const Environment& more)
    : Terminal(User::command(words, user.project()), user.environment(more), columns) {}

Terminal Terminal::with_shell(const User& user, unsigned short columns) {
    return {{"env", "-C", user.project(), "sh", "-i"}, user.environment(), columns};
}

Terminal::Terminal(const Words& command, const Environment& environment, unsigned short columns) {
    // `env` sets the variables, so that the child does nothing but exec.
    Words all{"env"};
    for (const auto& [name, value] : environment) {
        all.push_back(name);
        all.back().append("=").append(value);
    }
    all.insert(all.end(), command.begin(), command.end());
    std::vector<char*> arguments;
    arguments.reserve(all.size() + 1);
    for (std::string& word : all)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);

    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    int master = -1;
    pid_ = ::forkpty(&master, nullptr, nullptr, &size);
    if (pid_ == 0) {
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    if (pid_ < 0) throw std::runtime_error("no pseudo terminal");
    master_.reset(master);
}

Terminal::~Terminal() {
    if (pid_ > 0) kill_with_jobs(pid_);
}

void Terminal::type(std::string_view text) const {
    if (!write_all(master_.number(), text)) throw std::runtime_error("cannot type");
}

bool Terminal::read_some() {
    pollfd ready{.fd = master_.number(), .events = POLLIN, .revents = 0};
    const auto limit = std::chrono::milliseconds(kLimit).count();
    if (::poll(&ready, 1, static_cast<int>(limit)) != 1) {
        throw std::runtime_error("nothing more is shown: " + bytes_);
    }
    std::array<char, 4096> buffer{};
    // EIO when the last of those on the other end has gone.
    const ssize_t n = ::read(master_.number(), buffer.data(), buffer.size());
    if (n <= 0) return false;
    bytes_.append(buffer.data(), static_cast<std::size_t>(n));
    return true;
}

void Terminal::read_until(std::string_view text, std::size_t from) {
    while (!contains(std::string_view(bytes_).substr(from), text)) {
        if (!read_some()) throw std::runtime_error("it was never shown: " + bytes_);
    }
}

int Terminal::hang_up() {
    master_.reset();
    return end_of_child();
}

int Terminal::finish() {
    while (read_some()) {
    }
    return end_of_child();
}

int Terminal::end_of_child() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> screen_of(std::string_view bytes, std::size_t columns) {
    // A cell is a character with what combines with it.
    std::vector<std::vector<std::string>> lines(1);
    std::size_t column = 0;
    const auto put = [&](const std::string& cell) {
        if (column == columns) {
            lines.emplace_back();
            column = 0;
        }
        if (lines.back().size() <= column) lines.back().resize(column + 1, " ");
        lines.back()[column++] = cell;
    };
    while (!bytes.empty()) {
        std::size_t length = 1;
        if (bytes[0] == '\n') {
            lines.emplace_back();
        } else if (bytes[0] == '\r') {
            column = 0;
        } else if (bytes.starts_with("\x1B[K")) {
            lines.back().resize(std::min(column, lines.back().size()));
            length = 3;
        } else if (bytes[0] == '\x1B') {
            length = 1 + sgr_length(bytes.substr(1));
            if (length == 1) put("<ESC>");
        } else {
            while (length < bytes.size() &&
                   (static_cast<unsigned char>(bytes[length]) & 0xC0U) == 0x80U)
                ++length;
            put(std::string(bytes.substr(0, length)));
        }
        bytes.remove_prefix(length);
    }
    std::vector<std::string> shown;
    for (const auto& cells : lines) {
        std::string line;
        for (const std::string& cell : cells)
            line += cell;
        line.erase(line.find_last_not_of(' ') + 1);
        shown.push_back(std::move(line));
    }
    while (!shown.empty() && shown.back().empty())
        shown.pop_back();
    return shown;
}

}  // namespace remuda::test
