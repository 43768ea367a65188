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

    /// Whether the text just read ends in the backslash of an escaped `{{`.
    [[nodiscard]] bool is_escaped() const { return is_escaped_; }

    /// The first byte of what comes next in the tag, white space left out; 0 at the end.
    [[nodiscard]] char peek() const;

    /// In a tag: a list or object (`[1, "a"]`, `{"a": 1}`) that begins at `offset`. Where one is,
    /// goes on behind it.
    [[nodiscard]] bool take_literal_at(std::size_t offset, Token& token);

    /// Behind the opening tag of the raw block `name`: its text, up to its closing tag, which is
    /// passed over. False if there is none.
    [[nodiscard]] bool take_raw_text(std::string_view name, Token& token);

    /// After a fault: goes on behind the next `}}` at or after `offset`. False if there is none.
    [[nodiscard]] bool resume_behind_tag(std::size_t offset);

  private:
    [[nodiscard]] Token next_text();
    [[nodiscard]] Token next_in_tag();
    [[nodiscard]] Token open_tag();
    [[nodiscard]] Token comment(std::size_t body, bool strips_before);
    [[nodiscard]] Token quoted_string();
    [[nodiscard]] Token word_or_number();
    [[nodiscard]] Token word();
    /// Whether a name ends at `offset`, so that what stands before it may be a word of its own.
    [[nodiscard]] bool ends_name(std::size_t offset) const;
    /// Reads a name or `[raw key]` at `offset` and moves it behind. False if there is none.
    [[nodiscard]] bool read_name(std::size_t& offset, std::string& name) const;
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
