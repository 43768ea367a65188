// SPDX-License-Identifier: MIT
#pragma once

#include "queue/layout.h"
#include "remuda/queue/queue.h"

#include <optional>
#include <string>
#include <vector>

namespace remuda::queue {

struct Parsed {
    std::vector<Entry> entries;
    /// Absent if entries cannot be cut out of the text, or if there were errors.
    std::optional<Layout> layout;
    /// Why entries cannot be cut out, fit behind "because ".
    std::string why_no_layout;
};

/// parse_queue() with where the entries' lines are.
[[nodiscard]] Parsed parse_with_layout(const yaml::Source& source, yaml::Diagnostics& diagnostics);

}  // namespace remuda::queue
