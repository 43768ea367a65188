// SPDX-License-Identifier: MIT
#include "queue/in_place.h"

#include "queue/layout.h"

namespace remuda::queue {

namespace {

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// NEL, LS and PS end lines, and so comments, for YAML.
bool has_break_of_yaml(std::string_view text) {
    return text.find("\xC2\x85") != std::string_view::npos ||
           text.find("\xE2\x80\xA8") != std::string_view::npos ||
           text.find("\xE2\x80\xA9") != std::string_view::npos;
}

}  // namespace

bool comment_out(std::string& text, std::size_t begin, std::size_t end) {
    const std::string_view view = text;
    if (has_break_of_yaml(view.substr(begin, end - begin))) return false;
    std::vector<std::size_t> firsts;
    for (std::size_t line = begin; line < end; line = line_end(view, line)) {
        if (is_blank(view.substr(line, line_end(view, line) - line))) continue;
        if (std::string_view("- #").find(text[line]) == std::string_view::npos) return false;
        firsts.push_back(line);
    }
    for (const std::size_t first : firsts) {
        text[first] = '#';
    }
    return true;
}

const std::vector<Entry::Value>* only_long_list(const Entry& entry) {
    const std::vector<Entry::Value>* found = entry.commands.size() > 1 ? &entry.commands : nullptr;
    for (const Entry::Parameter& parameter : entry.parameters) {
        if (parameter.values.size() <= 1) continue;
        if (found != nullptr) return nullptr;
        found = &parameter.values;
    }
    return found;
}

std::optional<yaml::Span> lines_of_value(std::string_view text, yaml::Span value,
                                         std::size_t shift) {
    const std::size_t begin = value.begin + shift;
    const std::size_t end = value.end + shift;
    const std::size_t line = line_begin(text, begin);
    const std::size_t dash = text.find_first_not_of(' ', line);
    if (dash >= begin || !begins_item(text, line, dash)) return std::nullopt;
    if (text.substr(dash + 1, begin - dash - 1).find_first_not_of(" \t") !=
        std::string_view::npos) {
        return std::nullopt;
    }
    if (!rest_of_line_is_free(text, end)) return std::nullopt;
    return yaml::Span{line, line_end(text, end)};
}

std::uint64_t digest(std::string_view text, std::uint64_t before) {
    // FNV-1a.
    for (const char c : text) {
        before = (before ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    }
    return before;
}

model::Place LineCursor::place_of(const std::string& file, std::string_view text,
                                  std::size_t offset) {
    if (offset < at_) *this = LineCursor();
    if (at_ == 0) line_begin_ = bom_length(text);
    for (; at_ < offset; ++at_) {
        const bool is_break =
            text[at_] == '\n' || (text[at_] == '\r' && text.substr(at_, 2) != "\r\n");
        if (!is_break) continue;
        ++line_;
        line_begin_ = at_ + 1;
    }
    return {file, line_, offset < line_begin_ ? 1 : offset - line_begin_ + 1};
}

}  // namespace remuda::queue
