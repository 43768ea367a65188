// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

#include <cstddef>
#include <string>

namespace remuda::run {

/// At most so much is sent to a command's stdin.
constexpr std::size_t kMostInput = std::size_t{64} * 1024 * 1024;

/// The content of a regular file of this machine, for a command's stdin; "~/" at its beginning is
/// the home.
[[nodiscard]] Result<std::string> load_input(const std::string& path,
                                             std::size_t most_bytes = kMostInput);

}  // namespace remuda::run
