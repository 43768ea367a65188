// SPDX-License-Identifier: MIT
#include "cli/log_copy.h"

#include "remuda/base/text.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

constexpr std::size_t kChunk = std::size_t{64} * 1024;
/// A longer line is shown in pieces.
constexpr std::size_t kLongestLine = kChunk;

}  // namespace

LogCopy::LogCopy(std::string path, FdSink& sink, Manner manner)
    : path_(std::move(path)), sink_(sink), manner_(manner) {}

Result<void> LogCopy::copy() {
    if (!fd_) {
        fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!fd_ && errno == ENOENT) return {};
        const auto offset = static_cast<off_t>(length_);
        if (!fd_ || ::lseek(fd_.number(), offset, SEEK_SET) < 0) {
            return sys_error("cannot read " + path_);
        }
    }
    std::array<char, kChunk> chunk{};
    while (sink_.failure() == 0) {
        const ssize_t count = ::read(fd_.number(), chunk.data(), chunk.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return sys_error("cannot read " + path_);
        if (count == 0) return {};
        length_ += static_cast<std::uint64_t>(count);
        show({chunk.data(), static_cast<std::size_t>(count)});
    }
    return {};
}

void LogCopy::go_on_in(std::string path) {
    path_ = std::move(path);
    fd_.reset();
}

void LogCopy::finish() {
    if (!line_.empty()) show_line(std::exchange(line_, {}));
    if (std::exchange(was_coloured_, false)) sink_.write("\x1b[0m");
}

void LogCopy::show(std::string_view bytes) {
    if (!manner_.is_safe) {
        sink_.write(bytes);
        return;
    }
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        line_ += bytes.substr(0, end);
        if (end != std::string_view::npos || line_.size() >= kLongestLine) {
            show_line(std::exchange(line_, {}));
        }
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
}

// Of a progress bar its last state.
void LogCopy::show_line(std::string_view line) {
    while (!line.empty() && line.back() == '\r')
        line.remove_suffix(1);
    const std::size_t restart = line.rfind('\r');
    if (restart != std::string_view::npos) line.remove_prefix(restart + 1);
    const std::string text = sanitised(line, manner_.keeps_colour);
    was_coloured_ = was_coloured_ || text.find('\x1b') != std::string::npos;
    sink_.write(text + "\n");
}

}  // namespace remuda::cli
