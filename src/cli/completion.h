// SPDX-License-Identifier: MIT
//
// Completion: scripts by which shells complete what the command line understands.
#pragma once

#include "cli/suggestion.h"

#include <string>
#include <string_view>

namespace remuda::cli {

/// For `shell`: bash, zsh or fish. Subcommands, options, and files where an option takes one.
[[nodiscard]] std::string completion_script(std::string_view shell, const Grammar& grammar);

}  // namespace remuda::cli
