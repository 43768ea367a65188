// SPDX-License-Identifier: MIT
#pragma once

#include "cli/files.h"
#include "cli/options.h"
#include "remuda/engine/engine.h"
#include "remuda/output/reader.h"

namespace remuda::cli {

/// Puts the rooms together and runs to the end. Returns the exit code.
[[nodiscard]] int run_wired(const Options& options, const Files& files, engine::Settings::Mode mode,
                            const output::Screen& screen);

}  // namespace remuda::cli
