// SPDX-License-Identifier: MIT
#pragma once

#include "cli/files.h"
#include "cli/options.h"
#include "remuda/base/secret.h"
#include "remuda/engine/engine.h"
#include "remuda/output/reader.h"

#include <memory>

namespace remuda::cli {

/// Puts the rooms together and runs to the end. Returns the exit code. `password` may be null; it
/// is shared with whoever connects.
[[nodiscard]] int run_wired(const Options& options, const Files& files, engine::Settings::Mode mode,
                            const output::Screen& screen, std::shared_ptr<const Secret> password);

}  // namespace remuda::cli
