// SPDX-License-Identifier: MIT
#include "templating/whitespace.h"

#include <string_view>

namespace remuda::templating {

namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";
constexpr std::string_view kBlank = " \t";

Text* text_of(Statement& statement) {
    return std::get_if<Text>(&statement.value);
}

// Whether the line of `text` that a tag follows is blank so far. `is_first`: nothing comes before
// it.
bool ends_in_blank_line(std::string_view text, bool is_first) {
    const std::size_t last = text.find_last_not_of(kBlank);
    return last == std::string_view::npos ? is_first : text[last] == '\n';
}

bool begins_with_blank_line(std::string_view text, bool is_last) {
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return is_last;
    return text.substr(first).starts_with("\n") || text.substr(first).starts_with("\r\n");
}

void trim_end(std::string& text, std::string_view what) {
    text.erase(text.find_last_not_of(what) + 1);
}

void trim_begin(std::string& text, std::string_view what) {
    text.erase(0, std::min(text.find_first_not_of(what), text.size()));
}

// Removes the rest of the line, its end included.
void trim_line(std::string& text) {
    trim_begin(text, kBlank);
    if (text.starts_with("\r\n")) {
        text.erase(0, 2);
    } else if (text.starts_with('\n')) {
        text.erase(0, 1);
    }
}

}  // namespace

void apply_whitespace_control(std::vector<Statement>& statements) {
    for (std::size_t i = 0; i < statements.size(); ++i) {
        if (text_of(statements[i]) != nullptr) continue;
        Text* before = i > 0 ? text_of(statements[i - 1]) : nullptr;
        Text* after = i + 1 < statements.size() ? text_of(statements[i + 1]) : nullptr;
        const bool is_comment = std::holds_alternative<Comment>(statements[i].value);
        const bool starts_line =
            before != nullptr ? ends_in_blank_line(before->text, i == 1) : i == 0;
        const bool ends_line = after != nullptr
                                   ? begins_with_blank_line(after->text, i + 2 == statements.size())
                                   : i + 1 == statements.size();
        const bool is_alone = is_comment && starts_line && ends_line;
        if (before != nullptr && statements[i].strips_before) trim_end(before->text, kSpace);
        if (after != nullptr && statements[i].strips_after) trim_begin(after->text, kSpace);
        if (!is_alone) continue;
        if (before != nullptr) trim_end(before->text, kBlank);
        if (after != nullptr && !statements[i].strips_after) trim_line(after->text);
    }
    std::erase_if(statements, [](const Statement& statement) {
        return std::holds_alternative<Comment>(statement.value);
    });
}

}  // namespace remuda::templating
