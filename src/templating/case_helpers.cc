// SPDX-License-Identifier: MIT
#include "templating/case_helpers.h"

#include "templating/plural.h"

namespace remuda::templating {

namespace {

bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_of_word(char c) {
    return is_small(c) || is_capital(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}
char small(char c) {
    return is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
char capital(char c) {
    return is_small(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string_view without_separators_at_end(std::string_view text) {
    while (!text.empty() && !is_of_word(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

std::string snake_like(const std::string& whole, char separator, char (*letter)(char)) {
    const std::string_view text = without_separators_at_end(whole);
    std::string result;
    bool begins_word = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!is_of_word(c)) {
            if (!begins_word) result += separator;
            begins_word = true;
            continue;
        }
        const bool is_beside_small =
            (i > 0 && is_small(text[i - 1])) || (i + 1 < text.size() && is_small(text[i + 1]));
        if (!begins_word && (is_capital(c) || is_digit(c)) && is_beside_small) result += separator;
        begins_word = false;
        result += letter(c);
    }
    return result;
}

struct CamelStyle {
    /// Between words; 0: nothing.
    char separator = '\0';
    bool is_first_capital = true;
    bool are_others_capital = true;
};

std::string camel_like(const std::string& whole, const CamelStyle& style) {
    std::string result;
    bool begins_word = style.is_first_capital;
    bool is_first_word = true;
    char last_letter = ' ';
    for (const char c : without_separators_at_end(whole)) {
        if (!is_of_word(c)) {
            if (!result.empty()) begins_word = true;
        } else if (is_digit(c)) {
            begins_word = true;
            result += c;
        } else if (begins_word || (is_small(last_letter) && is_capital(c))) {
            begins_word = false;
            if (style.separator != '\0' && !is_first_word) result += style.separator;
            result += is_first_word || style.are_others_capital ? capital(c) : small(c);
            is_first_word = false;
        } else {
            last_letter = c;
            result += small(c);
        }
    }
    return result;
}

// The letters, digits and `_` at the end.
std::string_view last_word(std::string_view text) {
    std::size_t begin = text.size();
    while (begin > 0 && (is_of_word(text[begin - 1]) || text[begin - 1] == '_')) {
        --begin;
    }
    return text.substr(begin);
}

}  // namespace

Result<std::string> to_snake_case(Arguments arguments) {
    return snake_like(arguments[0], '_', small);
}

Result<std::string> to_screaming_snake_case(Arguments arguments) {
    return snake_like(arguments[0], '_', capital);
}

Result<std::string> to_kebab_case(Arguments arguments) {
    return snake_like(arguments[0], '-', small);
}

Result<std::string> to_camel_case(Arguments arguments) {
    return camel_like(arguments[0], {'\0', false, true});
}

Result<std::string> to_pascal_case(Arguments arguments) {
    return camel_like(arguments[0], {});
}

Result<std::string> to_train_case(Arguments arguments) {
    return camel_like(arguments[0], {'-'});
}

Result<std::string> to_sentence_case(Arguments arguments) {
    return camel_like(arguments[0], {' ', true, false});
}

Result<std::string> to_title_case(Arguments arguments) {
    return camel_like(arguments[0], {' '});
}

Result<std::string> to_class_case(Arguments arguments) {
    return singular(camel_like(arguments[0], {}));
}

Result<std::string> to_table_case(Arguments arguments) {
    return plural(snake_like(arguments[0], '_', small));
}

Result<std::string> to_plural(Arguments arguments) {
    return plural(last_word(arguments[0]));
}

Result<std::string> to_singular(Arguments arguments) {
    return singular(last_word(arguments[0]));
}

}  // namespace remuda::templating
