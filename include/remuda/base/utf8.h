// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace remuda {

/// U+FFFD in UTF-8: shown in place of bytes that are no UTF-8.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

/// One step through text that may be no UTF-8.
struct Utf8Step {
    /// Bytes that this step takes; at least 1 unless the text is empty. Of invalid text the longest
    /// start of a character (Unicode's "maximal subpart"), so that each gives one U+FFFD.
    std::size_t length = 0;
    char32_t code = U'\uFFFD';
    bool is_valid = false;
};

/// Decodes the first character of `text`. Overlong forms and surrogates are invalid.
[[nodiscard]] Utf8Step decode_utf8(std::string_view text);

/// Bytes at the end of `text` that begin a character whose rest is missing: 0 to 3.
[[nodiscard]] std::size_t incomplete_utf8_tail(std::string_view text);

}  // namespace remuda
