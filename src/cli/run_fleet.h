// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "remuda/engine/engine.h"

namespace remuda::cli {

/// What queue and broadcast share: reads and checks both files, shows every fault, and, unless this
/// is a dry run, runs. Returns the exit code.
[[nodiscard]] int run_fleet(const Options& options, engine::Settings::Mode mode);

}  // namespace remuda::cli
