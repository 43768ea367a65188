// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"
#include "remuda/queue/queue.h"
#include "remuda/yaml/diagnostic.h"

#include <vector>

namespace remuda::run {

/// Finds what is wrong with a queue's entries on this fleet before anything starts: templates that
/// cannot be filled in. Any node may get any job, so a parameter that only some nodes have is a
/// fault too; its help names a node that lacks it.
void check_plan(const std::vector<queue::Entry>& entries, const model::Fleet& fleet,
                yaml::Diagnostics& diagnostics);

/// `check_plan` for a Queue to apply whenever it has read its file. `fleet` outlives it.
[[nodiscard]] queue::Check plan_check(const model::Fleet& fleet);

}  // namespace remuda::run
