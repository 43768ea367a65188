// SPDX-License-Identifier: MIT
//
// Layout: which lines of a queue file belong to which entry.
#pragma once

#include "remuda/yaml/node.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::queue {

struct Layout {
    /// Spaces before each entry's `-`.
    std::size_t indent = 0;
    /// Of each entry: from the begin of the line with its `-` to behind the line break of its last
    /// line. A comment on that last line belongs to it; lines above and below do not.
    std::vector<yaml::Span> regions;
};

/// The layout of a parsed file, or nothing if its entries cannot be cut out line by line: a list in
/// `[...]`, anchors, a tag on the list, an entry that shares a line with something else. Then
/// `why_not` is the reason, fit behind "because ".
[[nodiscard]] std::optional<Layout> layout_of(std::string_view text, const yaml::Document& document,
                                              std::string& why_not);

/// Offset of the first byte of the line of `at`, behind a BOM. Lines end in LF, CR LF or CR.
[[nodiscard]] std::size_t line_begin(std::string_view text, std::size_t at);
/// Offset behind the line break that ends the line of `at`.
[[nodiscard]] std::size_t line_end(std::string_view text, std::size_t at);
/// Whether an item's `-` stands at `dash`, with nothing but spaces before it in its line, which
/// begins at `line`.
[[nodiscard]] bool begins_item(std::string_view text, std::size_t line, std::size_t dash);
/// Whether nothing but blanks and a comment stands between `at` and the end of its line.
[[nodiscard]] bool rest_of_line_is_free(std::string_view text, std::size_t at);

/// Length of a byte order mark at the begin of `text`.
[[nodiscard]] std::size_t bom_length(std::string_view text);

/// Adds `line_break`, if that is needed for what follows to begin on a line of its own.
void end_line(std::string& text, std::string_view line_break);

/// Bytes at the begin of `text` that are a byte order mark, blank lines and lines with a comment
/// only.
[[nodiscard]] std::size_t leading_comments(std::string_view text);

}  // namespace remuda::queue
