// SPDX-License-Identifier: MIT
//
// How an outcome stands in the columns kind, code and reason of `attempts`.
#pragma once

#include "history/sqlite.h"
#include "remuda/model/outcome.h"

#include <optional>

namespace remuda::history {

/// Binds kind, code and reason to parameters 1, 2 and 3. `outcome` outlives the next step.
void bind_outcome(Statement& statement, const model::Outcome& outcome);

/// From the columns kind, code and reason, from `column` on. Nothing: the attempt is open. A
/// refused attempt never started.
[[nodiscard]] std::optional<model::Outcome> read_outcome(const Statement& row, int column);

}  // namespace remuda::history
