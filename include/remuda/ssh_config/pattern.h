// SPDX-License-Identifier: MIT
//
// Patterns of ssh_config(5), PATTERNS: `*`, `?`, and comma-separated lists with negation.
#pragma once

#include <string_view>

namespace remuda::ssh_config {

/// Letters count as they are.
[[nodiscard]] bool matches(std::string_view text, std::string_view pattern);

/// One of the list's patterns matches, and none that is negated does. With `lowers` the list is
/// taken in lower case; `text` has to be so already.
[[nodiscard]] bool matches_list(std::string_view text, std::string_view list, bool lowers);

}  // namespace remuda::ssh_config
