// SPDX-License-Identifier: MIT
#pragma once

#include "history/dead_runs.h"
#include "history/sqlite.h"
#include "remuda/history/store.h"

#include <optional>
#include <string>

namespace remuda::history {

/// Store::stopped_broadcast, with `own` as our own run.
[[nodiscard]] Result<std::optional<Broadcast>> find_stopped_broadcast(Database& database,
                                                                      DeadRuns& dead_runs,
                                                                      const std::string& queue,
                                                                      RunId own);

}  // namespace remuda::history
