// SPDX-License-Identifier: MIT
#include "remuda/yaml/source.h"

#include <algorithm>
#include <utility>

namespace remuda::yaml {

namespace {

// Where the line that starts at `from` gives way to the next one: behind its "\n", "\r\n" or "\r".
std::size_t next_line(const std::string& text, std::size_t from) {
    const std::size_t found = text.find_first_of("\r\n", from);
    if (found == std::string::npos) return std::string::npos;
    return text.compare(found, 2, "\r\n") == 0 ? found + 2 : found + 1;
}

}  // namespace

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
    const bool has_bom = text_.compare(0, 3, "\xEF\xBB\xBF") == 0;
    for (std::size_t at = has_bom ? 3 : 0; at != std::string::npos; at = next_line(text_, at)) {
        line_starts_.push_back(at);
    }
}

Source::Position Source::position(std::size_t offset) const {
    offset = std::clamp(offset, line_starts_.front(), text_.size());
    const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const auto line = static_cast<std::size_t>(after - line_starts_.begin());
    return {line, offset - line_starts_[line - 1] + 1};
}

std::string Source::line(std::size_t line) const {
    const std::size_t begin = line_start(line);
    std::size_t end = line < line_starts_.size() ? line_starts_[line] : text_.size();
    if (line < line_starts_.size()) {
        end -= text_[end - 1] == '\n' && end - begin > 1 && text_[end - 2] == '\r' ? 2 : 1;
    }
    return text_.substr(begin, end - begin);
}

std::size_t Source::line_start(std::size_t line) const {
    return line_starts_.at(line - 1);
}

}  // namespace remuda::yaml
