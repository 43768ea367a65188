// SPDX-License-Identifier: MIT
#include "output/line_splitter.h"

#include "remuda/base/utf8.h"

#include <algorithm>

namespace remuda::output {

void LineSplitter::feed(std::string_view bytes, const Emit& emit) {
    // One byte at a time is looked for, which is fast, and nothing is looked at twice.
    std::size_t newline = bytes.find('\n');
    std::size_t carriage_return = bytes.find('\r');
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(newline, carriage_return);
        const std::string_view text = bytes.substr(at, end - at);
        const bool is_whole_line = end != std::string_view::npos && end == newline;
        if (is_whole_line && partial_.empty() && !is_continued_ && text.size() <= kLongest) {
            emit(text, true);
            begin_line();
        } else {
            append(text, emit);
            if (is_whole_line) end_line(emit);
        }
        if (end == std::string_view::npos) return;
        at = end + 1;
        if (is_whole_line) {
            newline = bytes.find('\n', at);
        } else {
            is_at_return_ = true;
            is_rewritten_ = true;
            carriage_return = bytes.find('\r', at);
        }
    }
}

void LineSplitter::finish(const Emit& emit) {
    if (!partial_.empty()) emit(partial_, !is_continued_);
    begin_line();
}

// Keeps what fits, passes on the rest in pieces.
void LineSplitter::append(std::string_view bytes, const Emit& emit) {
    if (bytes.empty()) return;
    if (is_at_return_) partial_.clear();
    is_at_return_ = false;
    while (partial_.size() + bytes.size() > kLongest) {
        const std::size_t taken = kLongest - partial_.size();
        partial_ += bytes.substr(0, taken);
        bytes.remove_prefix(taken);
        const std::size_t tail = incomplete_utf8_tail(partial_);
        emit(std::string_view(partial_).substr(0, partial_.size() - tail), !is_continued_);
        partial_.erase(0, partial_.size() - tail);
        is_continued_ = true;
    }
    partial_ += bytes;
}

void LineSplitter::end_line(const Emit& emit) {
    // The end of a line whose pieces have all been passed on is not one more line.
    if (!partial_.empty() || !is_continued_) emit(partial_, !is_continued_);
    begin_line();
}

void LineSplitter::begin_line() {
    partial_.clear();
    is_continued_ = false;
    is_rewritten_ = false;
    is_at_return_ = false;
}

}  // namespace remuda::output
