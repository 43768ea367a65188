// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace remuda::templating {

/// The plural of an English word, by rules: many irregular words, not all.
[[nodiscard]] std::string plural(std::string_view word);
[[nodiscard]] std::string singular(std::string_view word);

}  // namespace remuda::templating
