// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/queue/queue.h"

#include <string>
#include <string_view>

namespace remuda::queue {

/// The entry in canonical form. Each line begins with `indent` spaces and ends in `line_break`.
[[nodiscard]] std::string canonical_text(const Entry& entry, std::size_t indent = 0,
                                         std::string_view line_break = "\n");

}  // namespace remuda::queue
