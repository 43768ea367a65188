// SPDX-License-Identifier: MIT
#pragma once

#include "cli/files.h"
#include "cli/options.h"
#include "remuda/base/secret.h"
#include "remuda/engine/engine.h"
#include "remuda/output/reader.h"

#include <memory>

namespace remuda::cli {

/// Either may be null.
struct Passwords {
    /// Shared with whoever connects.
    std::shared_ptr<const Secret> login;
    std::shared_ptr<const Secret> sudo;
};

/// Puts the rooms together and runs to the end. Returns the exit code.
[[nodiscard]] int run_wired(const Options& options, const Files& files, engine::Settings::Mode mode,
                            const output::Screen& screen, Passwords passwords);

}  // namespace remuda::cli
