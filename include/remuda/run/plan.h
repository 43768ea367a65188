// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"
#include "remuda/model/job.h"
#include "remuda/queue/queue.h"
#include "remuda/templating/template.h"
#include "remuda/yaml/diagnostic.h"

#include <optional>
#include <string>
#include <vector>

namespace remuda::run {

/// Finds what is wrong with a queue's entries on this fleet before anything starts: templates that
/// cannot be filled in. Any node may get any job, so a parameter that only some nodes have is a
/// fault too; its help names a node that lacks it. Where unknown variables are empty, neither is.
void check_plan(const std::vector<queue::Entry>& entries, const model::Fleet& fleet,
                yaml::Diagnostics& diagnostics,
                templating::Unknown unknown = templating::Unknown::is_fault);

/// `check_plan` for a Queue to apply whenever it has read its file. `fleet` outlives it.
[[nodiscard]] queue::Check plan_check(const model::Fleet& fleet,
                                      templating::Unknown unknown = templating::Unknown::is_fault);

/// Why no node with at most `largest` slots can ever hold a job with these needs, as the engine
/// decides it; nothing if one can.
[[nodiscard]] std::optional<std::string> why_too_big(const model::Needs& needs, int largest);

}  // namespace remuda::run
