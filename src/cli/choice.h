// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace remuda::cli {

/// What the answer to a question means: the first letter of `answer` (blanks apart, small or
/// capital) if it is one of `letters`.
[[nodiscard]] std::optional<char> letter_of(std::string_view answer, std::string_view letters);

/// Whether there is somebody to ask: stdin and stderr are terminals.
[[nodiscard]] bool can_ask_user();

/// Shows `question` on stderr and waits for an answer that begins with one of `letters`; asks again
/// otherwise. Nothing at an end of input.
[[nodiscard]] std::optional<char> ask_user(std::string_view question, std::string_view letters);

}  // namespace remuda::cli
