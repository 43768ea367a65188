// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/queue/queue.h"

#include <string>
#include <vector>

namespace remuda::cli {

/// Every variable that the entries' templates use.
[[nodiscard]] std::vector<std::string> variables_of(const std::vector<queue::Entry>& entries);

}  // namespace remuda::cli
