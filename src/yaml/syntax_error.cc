// SPDX-License-Identifier: MIT
#include "yaml/syntax_error.h"

#include "remuda/base/utf8.h"
#include "remuda/yaml/node.h"

#include <algorithm>

#include <fmt/format.h>

namespace remuda::yaml {

namespace {

// The text of the list item in `line`, behind its indentation and dashes.
std::string_view item_text(std::string_view line) {
    while (!line.empty() && (line.front() == ' ' || line.substr(0, 2) == "- "))
        line.remove_prefix(1);
    while (!line.empty() && line.back() == ' ')
        line.remove_suffix(1);
    return line;
}

Span one_character(const Source& source, std::size_t at) {
    if (at >= source.text().size()) return {source.text().size(), source.text().size()};
    return {at, at + decode_utf8(std::string_view(source.text()).substr(at)).length};
}

std::string quoted_entry(std::string_view text) {
    return fmt::format("quote the entry: - {}", emit_scalar(text));
}

// The value of `key: value`, or the text itself.
std::string_view value_of(std::string_view text) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos || text.find_first_of("\"'{[ ") < colon) return text;
    return item_text(text.substr(colon + 2));
}

// The remedy as the entry's own text suggests it; empty if it suggests none.
std::string remedy_in_line(std::string_view line) {
    const std::string_view item = item_text(line);
    if (item.size() > 1 && item.front() == '-' && item[1] != '-' && line.front() == '-') {
        return fmt::format("a list item needs a space behind its '-': - {}", item.substr(1));
    }
    const std::string_view value = value_of(item);
    if (value.empty()) return "";
    const std::string_view meaning = meaning_of_first(value.front());
    if (meaning.empty()) return "";
    const std::size_t inner = value.find('[', 1);
    if (value.front() == '[' && inner != std::string_view::npos &&
        std::string_view(" ,[").find(value[inner - 1]) == std::string_view::npos) {
        return "quote what has brackets of its own: ['node[1-3]', node5]";
    }
    if (value.size() == item.size()) {
        return fmt::format("a leading '{}' {}; {}", value.front(), meaning, quoted_entry(value));
    }
    return fmt::format("a leading '{}' {}; quote the value: {}", value.front(), meaning,
                       emit_scalar(value));
}

std::string remedy(const Source& source, const SyntaxError& error) {
    const std::size_t problem_line = source.position(error.at).line;
    const std::string line = source.line(problem_line);
    if (error.at < source.text().size() && source.text()[error.at] == '\t') {
        return "indent with spaces: YAML allows no tabs there";
    }
    if (error.problem.find("mapping values are not allowed") != std::string::npos) {
        return "': ' separates a key from its value; " + quoted_entry(item_text(line));
    }
    if (std::string found = remedy_in_line(line); !found.empty()) return found;
    // What ends too early or too late often began in an earlier line.
    const std::size_t context_line = source.position(error.context_at).line;
    for (std::size_t number = problem_line; number-- > context_line;) {
        const std::string earlier = source.line(std::max<std::size_t>(number, 1));
        if (item_text(earlier).empty()) continue;
        return remedy_in_line(earlier);
    }
    return "";
}

}  // namespace

std::string_view meaning_of_first(char c) {
    switch (c) {
        case '{':
            return "begins a mapping";
        case '[':
            return "begins a list";
        case '*':
            return "begins an alias";
        case '&':
            return "begins an anchor";
        case '!':
            return "begins a tag";
        case '"':
        case '\'':
            return "begins a quoted text, which ends at the next such quote";
        case '%':
        case '@':
        case '`':
            return "is reserved by YAML";
        case '|':
        case '>':
            return "begins a block of text in the lines below";
        default:
            return "";
    }
}

void report_syntax_error(const Source& source, const SyntaxError& error, Diagnostics& diagnostics) {
    if (error.is_encoding) {
        const bool is_control = error.problem.find("control") != std::string::npos;
        diagnostics.error(
            one_character(source, error.at),
            is_control ? "a control character, which YAML does not allow" : "this is not UTF-8", "",
            is_control ? "in double quotes it can be written as an escape: \"\\x1b\""
                       : "save the file as UTF-8");
        return;
    }
    const bool is_open_quote = error.context == "while scanning a quoted scalar" &&
                               error.problem == "found unexpected end of stream";
    if (is_open_quote) {
        diagnostics.error(one_character(source, error.context_at), "this quote is never closed");
        return;
    }
    std::string message = error.problem;
    if (!error.context.empty()) message += " " + error.context;
    diagnostics.error(one_character(source, error.at), std::move(message), "",
                      remedy(source, error));
}

}  // namespace remuda::yaml
