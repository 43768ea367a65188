// SPDX-License-Identifier: MIT
#include "remuda/yaml/traps.h"

#include "remuda/base/text.h"
#include "yaml/syntax_error.h"

#include <algorithm>

#include <fmt/format.h>

namespace remuda::yaml {

namespace {

std::string_view written(const Source& source, Span span) {
    return std::string_view(source.text()).substr(span.begin, span.end - span.begin);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

// The comment behind `at` in the same line; empty if there is none.
Span comment_behind(const Source& source, std::size_t at) {
    const std::string& text = source.text();
    const std::size_t begin = text.find_first_not_of(" \t", at);
    if (begin == std::string::npos || begin == at || text[begin] != '#') return {at, at};
    std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    while (text[end - 1] == ' ' || text[end - 1] == '\t')
        --end;
    return {begin, end};
}

void find_comment(const Source& source, const Node& scalar, std::string_view what,
                  Diagnostics& diagnostics) {
    const Span comment = comment_behind(source, scalar.span.end);
    if (comment.begin == comment.end) return;
    const std::string_view whole = written(source, {scalar.span.begin, comment.end});
    diagnostics.warning(comment, fmt::format("the {} is cut at ' #': the rest is a comment", what),
                        fmt::format("not part of the {}", what),
                        fmt::format("quote it if it belongs to the {}: {}\n"
                                    "otherwise put the comment on a line of its own",
                                    what, emit_scalar(whole)));
}

void find_folded_lines(const Source& source, const Node& scalar, std::string_view what,
                       Diagnostics& diagnostics) {
    const std::string_view text = written(source, scalar.span);
    const std::size_t line_break = text.find_first_of("\r\n");
    if (line_break == std::string_view::npos) return;
    const std::size_t second = text.find_first_not_of(" \t\r\n", line_break);
    const std::size_t begin = scalar.span.begin + second;
    const std::size_t end =
        scalar.span.begin + std::min(text.find_first_of("\r\n", second), text.size());
    std::string help = "for several lines write '|' and the lines below it, indented";
    if (text[second] == '-') {
        help = "to make it an item of its own, begin it in the column of the '-' above";
    }
    diagnostics.warning({begin, end}, fmt::format("several lines are folded into one {}", what),
                        fmt::format("part of the {} above", what),
                        fmt::format("it reads: {}\n{}", elided(scalar.text, 70), help));
}

void find_tag(const Source& source, const Node& scalar, std::string_view what,
              Diagnostics& diagnostics) {
    const std::string_view text = written(source, scalar.span);
    if (!scalar.has_tag || text.empty() || text.front() != '!') return;
    const std::string_view tag = text.substr(0, text.find_first_of(" \t\r\n"));
    if (tag == "!" || tag == "!!str") return;
    diagnostics.warning({scalar.span.begin, scalar.span.begin + tag.size()},
                        fmt::format("the {} loses its first word: '!' begins a tag", what),
                        fmt::format("not part of the {}", what),
                        fmt::format("quote it: {}", emit_scalar(text)));
}

// The item's text in one line, as it was meant.
std::string as_text(const Source& source, const Node& item) {
    const std::string_view text = written(source, item.span);
    return std::string(trimmed(text.substr(0, text.find_first_of("\r\n"))));
}

bool looks_meant(const Node& mapping, const std::vector<std::string>& reserved) {
    if (mapping.pairs.empty()) return false;
    for (const auto& [key, value] : mapping.pairs) {
        if (!nearest_name(key.text, reserved).empty()) return true;
    }
    const auto& [key, value] = mapping.pairs.front();
    if (key.style != Node::Style::plain) return true;
    const bool has_blank = key.text.find(' ') != std::string::npos;
    return !has_blank && (mapping.pairs.size() > 1 || value.kind != Node::Kind::scalar);
}

}  // namespace

void find_traps(const Source& source, const Node& item, std::string_view what,
                Diagnostics& diagnostics) {
    if (item.is_alias) return;
    for (const Node& element : item.items)
        find_traps(source, element, what, diagnostics);
    if (item.kind != Node::Kind::scalar || item.style != Node::Style::plain) return;
    find_comment(source, item, what, diagnostics);
    find_folded_lines(source, item, what, diagnostics);
    find_tag(source, item, what, diagnostics);
}

std::optional<Diagnostic> meant_as_text(const Source& source, const Node& item,
                                        std::string_view what,
                                        const std::vector<std::string>& reserved) {
    if (item.kind == Node::Kind::scalar) return std::nullopt;
    Diagnostic fault;
    fault.help = fmt::format("quote the {}: - {}", what, emit_scalar(as_text(source, item)));
    if (item.kind == Node::Kind::sequence) {
        fault.span = item.span;
        fault.message = fmt::format("a list stands where a {} is expected", what);
        if (item.style == Node::Style::flow) {
            fault.label = "'[' begins a list";
            fault.help = fmt::format("put each {} into an item of its own, or quote it: - {}", what,
                                     emit_scalar(as_text(source, item)));
        } else {
            fault.help = fmt::format("put each {} into an item of its own, with one '-'", what);
        }
        return fault;
    }
    if (looks_meant(item, reserved)) return std::nullopt;
    if (item.pairs.empty()) {
        fault.span = item.span;
        fault.message = fmt::format("an empty mapping stands where a {} is expected", what);
        fault.help = "";
        return fault;
    }
    const Node& key = item.pairs.front().first;
    fault.span = key.span;
    fault.message = fmt::format("this {} is read as a mapping, because of the ': ' in it", what);
    fault.label = "read as a key";
    return fault;
}

void report_no_list(const Source& source, const Node& root, std::string_view plural,
                    Diagnostics& diagnostics) {
    const std::string_view text = written(source, root.span);
    const bool is_dash_missing_space =
        root.kind == Node::Kind::scalar && text.size() > 1 && text.front() == '-';
    const std::string first_line(trimmed(text.substr(0, text.find_first_of("\r\n"))));
    diagnostics.error({root.span.begin, root.span.begin + first_line.size()},
                      fmt::format("the file must be a list of {}", plural), "",
                      is_dash_missing_space
                          ? fmt::format("a list item needs a space behind its '-': - {}",
                                        trimmed(std::string_view(first_line).substr(1)))
                          : fmt::format("begin each item with '- ': - {}", first_line));
}

}  // namespace remuda::yaml
