// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace remuda::templating {

/// One piece of a template's text, bytes [offset, offset + length).
struct Token {
    enum class Kind {
        /// Text between tags; `text` has its escapes (`\{{`) resolved.
        text,
        /// A whole `{{! ... }}` or `{{!-- ... --}}`.
        comment,
        /// `{{` in any form; `tag` says which.
        open,
        /// `}}`, `}}}` or `}}}}`.
        close,
        /// An identifier or `[raw key]`; `text` is the name.
        word,
        /// A quoted string; `text` is its value.
        string,
        number,
        open_paren,
        close_paren,
        /// A byte or construct that no expression may hold; `text` is what it looks like.
        stray,
        /// A quote that is never closed.
        unterminated_string,
        /// `{{!` that is never closed.
        unterminated_comment,
        end,
    };
    enum class Tag {
        /// `{{` and `{{&`
        output,
        /// `{{{`
        triple,
        /// `{{#`
        block,
        /// `{{/`
        block_end,
        /// `{{^`
        inverse,
        /// `{{>`
        partial,
        /// `{{*`
        decorator,
        /// `{{{{`
        raw_block,
    };

    Kind kind = Kind::end;
    std::size_t offset = 0;
    std::size_t length = 0;
    std::string text;
    /// Of `open`.
    Tag tag = Tag::output;
    /// `~`: white space before (`open`, `comment`) or after (`close`) goes.
    bool strips_before = false;
    bool strips_after = false;
    /// Of `word`: it was written as `[raw key]`.
    bool is_raw_key = false;
};

}  // namespace remuda::templating
