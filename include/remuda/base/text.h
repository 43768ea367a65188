// SPDX-License-Identifier: MIT
//
// Text as people and shells see it: quoting, display width, making foreign text safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda {

/// `text` as one word of POSIX sh. Any byte but NUL survives. Plain words stay as they are.
[[nodiscard]] std::string shell_quote(std::string_view text);

/// Columns that `text` takes on a terminal, by grapheme cluster: combining marks 0, East Asian wide
/// and emoji 2, control characters 0. Invalid UTF-8 counts one column a byte. SGR sequences count
/// 0.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The longest prefix of `text` that is at most `columns` wide, cut between grapheme clusters; its
/// length in bytes. At least one cluster if `text` is not empty, so that wrapping always advances.
[[nodiscard]] std::size_t prefix_within(std::string_view text, std::size_t columns);

/// `text` shortened to `columns` by an ellipsis in its middle, line breaks shown as spaces.
[[nodiscard]] std::string elided(std::string_view text, std::size_t columns);

/// So many bytes at its beginning are printable ASCII or tabs.
[[nodiscard]] std::size_t plain_length(std::string_view text);

/// Foreign text made safe for a terminal: control characters but tab, and escape sequences but SGR
/// (colour), are removed; invalid UTF-8 becomes U+FFFD; with `keep_colour` false SGR goes as well.
/// C1 controls (U+0080..U+009F) and bidirectional overrides are removed too. `text` is one line.
[[nodiscard]] std::string sanitised(std::string_view text, bool keep_colour);

/// The name of `names` nearest to `word` (Damerau-Levenshtein, at most max(1, length/3) edits), or
/// "".
[[nodiscard]] std::string nearest_name(std::string_view word,
                                       const std::vector<std::string>& names);

}  // namespace remuda
