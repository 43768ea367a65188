// SPDX-License-Identifier: MIT
#include "json_text.h"

#include <cstddef>

namespace remuda::test {

namespace {

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    bool parse_all() {
        if (!parse_value()) return false;
        skip_blanks();
        return text_.empty();
    }

  private:
    bool parse_value() {
        skip_blanks();
        if (text_.empty()) return false;
        switch (text_[0]) {
            case '{':
                return parse_list('}', true);
            case '[':
                return parse_list(']', false);
            case '"':
                return parse_string();
            default:
                return accept("true") || accept("false") || accept("null") || parse_number();
        }
    }

    bool parse_list(char end, bool has_keys) {
        text_.remove_prefix(1);
        skip_blanks();
        if (accept({&end, 1})) return true;
        for (;;) {
            skip_blanks();
            if (has_keys && !parse_key()) return false;
            if (!parse_value()) return false;
            skip_blanks();
            if (accept({&end, 1})) return true;
            if (!accept(",")) return false;
        }
    }

    bool parse_key() {
        if (text_.empty() || text_[0] != '"' || !parse_string()) return false;
        skip_blanks();
        return accept(":");
    }

    bool parse_string() {
        for (std::size_t i = 1; i < text_.size(); ++i) {
            const auto c = static_cast<unsigned char>(text_[i]);
            if (c < 0x20) return false;
            if (c == '"') {
                text_.remove_prefix(i + 1);
                return true;
            }
            if (c != '\\') continue;
            ++i;
            if (i >= text_.size()) return false;
            if (text_[i] != 'u') {
                if (std::string_view("\"\\/bfnrt").find(text_[i]) == std::string_view::npos) {
                    return false;
                }
                continue;
            }
            constexpr std::string_view hex = "0123456789abcdefABCDEF";
            const std::string_view digits = text_.substr(i + 1, 4);
            if (digits.size() < 4 || digits.find_first_not_of(hex) != std::string_view::npos) {
                return false;
            }
            i += 4;
        }
        return false;
    }

    bool parse_number() {
        (void)accept("-");
        if (!accept("0") && !skip_digits()) return false;
        if (accept(".") && !skip_digits()) return false;
        if (!accept("e") && !accept("E")) return true;
        if (!accept("+")) (void)accept("-");
        return skip_digits();
    }

    bool skip_digits() {
        const std::size_t count = text_.find_first_not_of("0123456789");
        const std::size_t digits = count == std::string_view::npos ? text_.size() : count;
        text_.remove_prefix(digits);
        return digits > 0;
    }

    void skip_blanks() {
        const std::size_t count = text_.find_first_not_of(" \t\r\n");
        text_.remove_prefix(count == std::string_view::npos ? text_.size() : count);
    }

    bool accept(std::string_view word) {
        if (!text_.starts_with(word)) return false;
        text_.remove_prefix(word.size());
        return true;
    }

    std::string_view text_;
};

}  // namespace

bool is_json(std::string_view text) {
    return Parser(text).parse_all();
}

}  // namespace remuda::test
