// SPDX-License-Identifier: MIT
#pragma once

#include "templating/token.h"

#include <string_view>

namespace remuda::templating {

/// Cuts a template into tokens: text until a tag opens, expression tokens until it closes. Never
/// fails: what it cannot read becomes a token that says so. Linear in the text's length.
class Lexer {
  public:
    /// `source` outlives the lexer.
    explicit Lexer(std::string_view source) : source_(source) {}

    [[nodiscard]] Token next();

    /// After a fault: goes on behind the next `}}` at or after `offset`. False if there is none.
    [[nodiscard]] bool resume_behind_tag(std::size_t offset);

  private:
    [[nodiscard]] Token next_text();
    [[nodiscard]] Token next_in_tag();
    [[nodiscard]] Token open_tag();
    [[nodiscard]] Token comment(std::size_t body, bool strips_before);
    [[nodiscard]] Token quoted_string();
    [[nodiscard]] Token raw_key();
    [[nodiscard]] Token word_or_number();
    /// The `}}` at the current place, or a token of kind `end` if there is none here.
    [[nodiscard]] Token closing();
    /// A token from the current place, `length` bytes long; moves behind it.
    [[nodiscard]] Token taken(Token::Kind kind, std::size_t length);
    [[nodiscard]] bool stands_at(std::size_t offset, std::string_view text) const {
        return source_.substr(offset, text.size()) == text;
    }

    std::string_view source_;
    std::size_t at_ = 0;
    bool in_tag_ = false;
    Token::Tag tag_ = Token::Tag::output;
    /// A `\` just before `at_` made the `{{` there plain text.
    bool is_escaped_ = false;
};

}  // namespace remuda::templating
