// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"
#include "remuda/queue/queue.h"

namespace remuda::cli {

/// Finds the faults of the commands' templates before anything runs: syntax, unknown helpers,
/// variables that neither the entry nor every node of `fleet` gives. Holds copies: `fleet` may go.
[[nodiscard]] queue::Check template_check(const model::Fleet& fleet);

}  // namespace remuda::cli
