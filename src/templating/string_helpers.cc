// SPDX-License-Identifier: MIT
#include "templating/string_helpers.h"

#include "remuda/base/letter_case.h"

#include <array>
#include <optional>

namespace remuda::templating {

namespace {

// White space outside ASCII, as UTF-8.
constexpr std::array<std::string_view, 19> kWideSpace = {
    "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002",  "\u2003", "\u2004",
    "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",  "\u200a", "\u2028",
    "\u2029", "\u202f", "\u205f", "\u3000", "\xc2\x85"};
constexpr std::string_view kSpace = " \t\n\v\f\r";

std::size_t space_at_start(std::string_view text) {
    if (!text.empty() && kSpace.find(text.front()) != std::string_view::npos) return 1;
    for (const std::string_view space : kWideSpace) {
        if (text.starts_with(space)) return space.size();
    }
    return 0;
}

std::size_t space_at_end(std::string_view text) {
    if (!text.empty() && kSpace.find(text.back()) != std::string_view::npos) return 1;
    for (const std::string_view space : kWideSpace) {
        if (text.ends_with(space)) return space.size();
    }
    return 0;
}

std::string_view without_space_at_start(std::string_view text) {
    while (const std::size_t length = space_at_start(text)) {
        text.remove_prefix(length);
    }
    return text;
}

std::string_view without_space_at_end(std::string_view text) {
    while (const std::size_t length = space_at_end(text)) {
        text.remove_suffix(length);
    }
    return text;
}

std::string_view first_character(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
        ++length;
    }
    return text.substr(0, length);
}

Error too_long() {
    return {Code::invalid_input, "the value grows beyond 8 MiB"};
}

// The character that a backslash and `c` stand for.
std::optional<char> unescaped(char c) {
    switch (c) {
        case '\\':
        case '"':
        case '\'':
        case '`':
            return c;
        case 'a':
            return '\a';
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        default:
            return std::nullopt;
    }
}

}  // namespace

Result<std::string> to_lower_case(Arguments arguments) {
    return lower_case(arguments[0]);
}

Result<std::string> to_upper_case(Arguments arguments) {
    return upper_case(arguments[0]);
}

Result<std::string> trim(Arguments arguments) {
    return std::string(without_space_at_end(without_space_at_start(arguments[0])));
}

Result<std::string> trim_start(Arguments arguments) {
    return std::string(without_space_at_start(arguments[0]));
}

Result<std::string> trim_end(Arguments arguments) {
    return std::string(without_space_at_end(arguments[0]));
}

Result<std::string> replace(Arguments arguments) {
    const std::string& text = arguments[0];
    const std::string& from = arguments[1];
    const std::string& to = arguments[2];
    if (from.empty()) return text;
    std::string result;
    std::size_t copied = 0;
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, copied)) {
        result.append(text, copied, at - copied).append(to);
        copied = at + from.size();
        if (result.size() > kLongestValue) return too_long();
    }
    result.append(text, copied);
    return result;
}

Result<std::string> quote(Arguments arguments) {
    const std::string_view symbol =
        arguments[0].empty() ? std::string_view("\"") : first_character(arguments[0]);
    std::string_view text = arguments[1];
    std::string result(symbol);
    while (!text.empty()) {
        const bool is_symbol = text.starts_with(symbol);
        if (is_symbol || text.front() == '\\') result += '\\';
        const std::size_t length = is_symbol ? symbol.size() : 1;
        result += text.substr(0, length);
        text.remove_prefix(length);
    }
    result += symbol;
    return result;
}

Result<std::string> unquote(Arguments arguments) {
    const std::string& text = arguments[0];
    if (text.size() < 2) return text;
    const char symbol = text.front();
    if ((symbol != '"' && symbol != '\'' && symbol != '`') || text.back() != symbol) return text;
    std::string result;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        char c = text[i];
        if (c == symbol) return text;
        if (c == '\\') {
            if (i + 2 >= text.size()) return text;
            const std::optional<char> meant = unescaped(text[++i]);
            if (!meant) return text;
            c = *meant;
        }
        result += c;
    }
    return result;
}

Result<Value> first_non_empty(const Inputs& inputs) {
    for (const Value& argument : inputs.arguments) {
        if (argument.text() != nullptr && !argument.text()->empty()) return argument;
    }
    return Value(std::string());
}

}  // namespace remuda::templating
