// SPDX-License-Identifier: MIT
#include "remuda/base/utf8.h"
#include "remuda/yaml/node.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include <yaml-cpp/yaml.h>

namespace remuda::yaml {

namespace {

// Words that some version of YAML takes for something else than text.
bool is_special_word(std::string_view text) {
    static constexpr std::array<std::string_view, 13> words = {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan", "<<", "="};
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::find(words.begin(), words.end(), lower) != words.end();
}

// What begins like this may be a number, a date or a base-60 number.
bool looks_like_number(std::string_view text) {
    const std::size_t first = text.find_first_not_of("+-.");
    if (first == std::string_view::npos ||
        std::isdigit(static_cast<unsigned char>(text[first])) == 0)
        return false;
    return text.find_first_not_of("0123456789abcdefABCDEFxXoO_.,:+-TZ ") == std::string_view::npos;
}

bool is_word_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '/' || c == '.';
}

// True only for what every reader takes for this very string, in block and in flow context.
bool is_safe_plain(std::string_view text) {
    if (text.empty() || !is_word_character(text.front()) || text.back() == ' ') return false;
    if (is_special_word(text) || looks_like_number(text)) return false;
    if (text.rfind("...", 0) == 0) return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_word_character(c) ||
               std::string_view(" -+=@%~$;()<>&|!*?^").find(c) != std::string_view::npos;
    });
}

// What single quotes cannot hold on one line, or what a reader may take for a line break or refuse.
bool needs_escape(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF ||
           c == 0xFFFE || c == 0xFFFF;
}

struct Checked {
    /// The text with U+FFFD for what YAML cannot hold. yaml-cpp would take overlong forms for
    /// valid.
    std::string text;
    bool needs_escapes = false;
};

Checked checked(std::string_view text) {
    Checked result;
    result.text.reserve(text.size());
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text);
        result.text += step.is_valid ? text.substr(0, step.length) : kReplacementCharacter;
        result.needs_escapes = result.needs_escapes || (step.is_valid && needs_escape(step.code));
        text.remove_prefix(step.length);
    }
    return result;
}

std::string single_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') quoted += c;
        quoted += c;
    }
    quoted += '\'';
    return quoted;
}

}  // namespace

std::string emit_scalar(std::string_view text) {
    if (is_safe_plain(text)) return std::string(text);
    const Checked content = checked(text);
    // Most commands have a character that is to be quoted and none that is to be escaped: an
    // emitter for each of them would cost more than the rest of taking a job.
    if (!content.needs_escapes) return single_quoted(content.text);
    YAML::Emitter emitter;
    emitter.SetOutputCharset(YAML::EscapeNonAscii);
    emitter << YAML::DoubleQuoted << content.text;
    return emitter.c_str();
}

}  // namespace remuda::yaml
