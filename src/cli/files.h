// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "remuda/model/fleet.h"
#include "remuda/queue/queue.h"
#include "remuda/templating/template.h"

#include <optional>
#include <string>
#include <vector>

namespace remuda::cli {

/// What the user's two files hold.
struct Files {
    model::Fleet fleet;
    /// The queue as it was at the start.
    std::vector<queue::Entry> entries;
    /// What their templates' unknown variables are.
    templating::Unknown unknown_variables = templating::Unknown::is_fault;
};

struct LoadedFiles {
    /// Absent if anything in either file is wrong.
    std::optional<Files> files;
    /// Every fault and warning of both, to be shown; may hold warnings alone.
    std::string findings;
};

/// Reads and checks both files. Touches nothing.
[[nodiscard]] LoadedFiles load_files(const Options& options, bool colour);

}  // namespace remuda::cli
