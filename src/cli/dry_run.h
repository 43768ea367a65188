// SPDX-License-Identifier: MIT
#pragma once

#include "cli/files.h"
#include "remuda/output/reader.h"
#include "remuda/run/resume.h"

#include <cstddef>
#include <string>

namespace remuda::cli {

/// What `remuda b --resume` would go on with, host by host; or that there is nothing.
[[nodiscard]] std::string left_over_text(const run::LeftOver& left, const Files& files);

/// Writes the nodes, then the jobs in the order in which they would be taken. What only the node
/// knows stands as `<hostname>`. Below a job that is too big for every node, or whose command
/// cannot be filled in, stands why. Gives the number of the latter.
[[nodiscard]] std::size_t show_dry_run(const Files& files, bool is_broadcast, output::Sink& out);

}  // namespace remuda::cli
