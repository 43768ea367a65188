// SPDX-License-Identifier: MIT
#pragma once

#include "cli/files.h"
#include "remuda/output/reader.h"

namespace remuda::cli {

/// Writes the nodes, then the jobs in the order in which they would be taken. What only the node
/// knows stands as `<hostname>`.
void show_dry_run(const Files& files, bool is_broadcast, output::Sink& out);

}  // namespace remuda::cli
