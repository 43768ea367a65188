// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace remuda::cli {

/// What the help of a subcommand ("queue", or "remuda" for the whole program) begins with. Empty
/// for others.
[[nodiscard]] std::string_view examples_of(std::string_view command);

}  // namespace remuda::cli
