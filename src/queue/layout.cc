// SPDX-License-Identifier: MIT
#include "queue/layout.h"

#include <algorithm>

namespace remuda::queue {

std::size_t line_begin(std::string_view text, std::size_t at) {
    const std::size_t line_break = at == 0 ? at : text.substr(0, at).find_last_of("\r\n");
    if (at == 0 || line_break == std::string_view::npos) return bom_length(text);
    return line_break + 1;
}

std::size_t line_end(std::string_view text, std::size_t at) {
    const std::size_t line_break = text.find_first_of("\r\n", at);
    if (line_break == std::string_view::npos) return text.size();
    return line_break + (text.substr(line_break, 2) == "\r\n" ? 2 : 1);
}

bool begins_item(std::string_view text, std::size_t line, std::size_t dash) {
    if (dash >= text.size() || text[dash] != '-') return false;
    if (dash + 1 < text.size() &&
        std::string_view(" \t\r\n").find(text[dash + 1]) == std::string_view::npos) {
        return false;
    }
    return text.substr(line, dash - line).find_first_not_of(' ') == std::string_view::npos;
}

bool rest_of_line_is_free(std::string_view text, std::size_t at) {
    const std::size_t next = text.find_first_not_of(" \t", at);
    if (next == std::string_view::npos || text[next] == '\r' || text[next] == '\n') return true;
    return text[next] == '#' && next > at;
}

std::size_t bom_length(std::string_view text) {
    return text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

void end_line(std::string& text, std::string_view line_break) {
    if (text.size() > bom_length(text) && text.back() != '\n' && text.back() != '\r') {
        text += line_break;
    }
}

std::size_t leading_comments(std::string_view text) {
    std::size_t at = bom_length(text);
    while (at < text.size()) {
        const std::size_t next = text.find_first_not_of(" \t", at);
        if (next != std::string_view::npos &&
            std::string_view("#\r\n").find(text[next]) == std::string_view::npos) {
            break;
        }
        at = line_end(text, at);
    }
    return at;
}

std::optional<Layout> layout_of(std::string_view text, const yaml::Document& document,
                                std::string& why_not) {
    Layout layout;
    if (!document.has_root) return layout;
    const yaml::Node& root = document.root;
    if (root.style != yaml::Node::Style::block) why_not = "it is a list in brackets";
    if (document.has_anchors) why_not = "it uses anchors";
    if (root.has_tag) why_not = "its list has a tag";
    if (!why_not.empty()) return std::nullopt;
    why_not = "an entry shares a line with something else";
    layout.indent = root.span.begin - line_begin(text, root.span.begin);
    std::size_t lower_bound = line_begin(text, root.span.begin);
    for (const yaml::Node& item : root.items) {
        // Between the `-` and what follows it there may be comments and blank lines.
        std::size_t line = line_begin(text, item.span.begin);
        while (line >= lower_bound && !begins_item(text, line, line + layout.indent)) {
            if (line == lower_bound) return std::nullopt;
            line = line_begin(text, line - 1);
        }
        if (line < lower_bound || line + layout.indent >= item.span.begin) return std::nullopt;
        if (!rest_of_line_is_free(text, item.span.end)) return std::nullopt;
        const std::size_t end = line_end(text, item.span.end);
        layout.regions.push_back({line, end});
        lower_bound = end;
    }
    why_not.clear();
    return layout;
}

}  // namespace remuda::queue
