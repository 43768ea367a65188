// SPDX-License-Identifier: MIT
//
// UTF-8, one code point at a time.
#pragma once

#include <cstddef>
#include <string_view>

namespace remuda::yaml {

struct CodePoint {
    char32_t value = 0;
    /// Bytes that it takes; 1 where they are no UTF-8.
    std::size_t length = 1;
    bool is_valid = false;
};

/// The code point that begins at `at`, which is inside `text`. Overlong forms, surrogates and
/// values above U+10FFFF are not valid.
[[nodiscard]] CodePoint code_point(std::string_view text, std::size_t at);

}  // namespace remuda::yaml
