// SPDX-License-Identifier: MIT
#include "output/line_splitter.h"

#include "remuda/base/utf8.h"

#include <utility>

namespace remuda::output {

void LineSplitter::feed(std::string_view bytes, const Emit& emit) {
    while (!bytes.empty()) {
        const AfterReturn after = std::exchange(after_return_, AfterReturn::no);
        if (after != AfterReturn::no && bytes[0] == '\n') {
            if (after == AfterReturn::nothing_was_there) emit({});
            bytes.remove_prefix(1);
            continue;
        }
        const std::size_t end = bytes.find_first_of("\r\n");
        if (end == std::string_view::npos) return append(bytes, emit);
        const std::string_view line = bytes.substr(0, end);
        if (bytes[end] == '\n') {
            end_line(line, emit);
        } else if (line.empty() && partial_.empty() && !is_continued_) {
            after_return_ = AfterReturn::nothing_was_there;
        } else {
            end_line(line, emit);
            after_return_ = AfterReturn::line_was_passed_on;
        }
        bytes.remove_prefix(end + 1);
    }
}

void LineSplitter::finish(const Emit& emit) {
    if (!partial_.empty()) emit(partial_);
    partial_.clear();
    is_continued_ = false;
    after_return_ = AfterReturn::no;
}

// Keeps what fits, passes on the rest in pieces.
void LineSplitter::append(std::string_view bytes, const Emit& emit) {
    while (partial_.size() + bytes.size() > kLongest) {
        const std::size_t taken = kLongest - partial_.size();
        partial_ += bytes.substr(0, taken);
        bytes.remove_prefix(taken);
        const std::size_t tail = incomplete_utf8_tail(partial_);
        emit(std::string_view(partial_).substr(0, partial_.size() - tail));
        partial_.erase(0, partial_.size() - tail);
        is_continued_ = true;
    }
    partial_ += bytes;
}

void LineSplitter::end_line(std::string_view bytes, const Emit& emit) {
    if (partial_.empty() && bytes.size() <= kLongest) {
        // The end of a line whose pieces have all been passed on is not one more line.
        if (!bytes.empty() || !is_continued_) emit(bytes);
    } else {
        append(bytes, emit);
        if (!partial_.empty()) emit(partial_);
        partial_.clear();
    }
    is_continued_ = false;
}

}  // namespace remuda::output
