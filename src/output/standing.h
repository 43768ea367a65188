// SPDX-License-Identifier: MIT
#pragma once

#include "output/verdict.h"
#include "remuda/base/clock.h"
#include "remuda/output/output.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace remuda::output {

/// What is told when the user asks how things stand.
struct Standing {
    Tally::Counts counts;
    /// Since the run began.
    Duration so_far{};
    /// In any order.
    std::vector<RunningJob> running;
    /// Attempts still to come, where known.
    std::optional<std::size_t> queued;
    std::size_t nodes = 0;
    std::size_t nodes_ready = 0;
};

/// Counts, then a line for each of the jobs that run longest. Lines ended, safe to show; `width` 0:
/// not cut to a terminal.
[[nodiscard]] std::string standing_text(Standing standing, Time now, std::size_t width);

}  // namespace remuda::output
