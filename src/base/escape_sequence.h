// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace remuda {

/// Length of the SGR (colour) sequence with which `text` begins; 0 if it does not.
[[nodiscard]] std::size_t sgr_length(std::string_view text);

}  // namespace remuda
