// SPDX-License-Identifier: MIT
//
// How a line of ssh_config falls into words. Two tokenisers, because ssh has two: one for the
// keyword (and, before OpenSSH 10, for the criteria of Match), one for the arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh_config {

inline constexpr std::string_view kBlank = " \t\r\n";

/// Takes the next word off `text`, with the blanks and the one `=` behind it. A word may be empty
/// (leading blanks, a leading `=`). Nothing: `text` has ended before, or a quote is not closed.
/// `text` is nothing when the last word reached its end.
[[nodiscard]] std::optional<std::string> take_word(std::optional<std::string>& text);

/// The arguments behind a keyword: quotes of both kinds, backslashes before quotes, backslashes and
/// blanks, up to a word that begins with `#`. Nothing: a quote is not closed.
[[nodiscard]] std::optional<std::vector<std::string>> split_arguments(std::string_view text);

/// A line of a file, cut as ssh does it.
struct Line {
    /// In lower case.
    std::string keyword;
    /// All behind the keyword and its `=`. Empty: there is nothing.
    std::string rest;
};
/// Nothing: the line is empty or a comment.
[[nodiscard]] std::optional<Line> split_line(std::string_view text);

/// ASCII alone, as ssh does.
[[nodiscard]] std::string lowered(std::string_view text);
[[nodiscard]] bool is_same_word(std::string_view left, std::string_view right);

}  // namespace remuda::ssh_config
