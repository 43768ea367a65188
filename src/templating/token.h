// SPDX-License-Identifier: MIT
#pragma once

#include "templating/ast.h"

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
        /// A way to a value; `path` is what it means, `text` how it is written. `true`, `false` and
        /// `null` are words too.
        word,
        /// A quoted string or a number: `value`.
        literal,
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
    /// `before` of `open` and `comment`, `after` of `close` and `comment`.
    Strips strips;
    /// Of `word`.
    Path path;
    /// Of `literal`.
    Value value;

    /// Whether it is a word of one name without brackets, which may be a helper or a keyword.
    [[nodiscard]] bool is_name() const {
        return kind == Kind::word && path.is_plain_name() && text == path.names.front();
    }
};

}  // namespace remuda::templating
