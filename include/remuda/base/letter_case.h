// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace remuda {

/// `text` with every letter small, or capital, as Unicode has it, whatever the locale. What is no
/// UTF-8 stays as it is.
[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] std::string upper_case(std::string_view text);

}  // namespace remuda
