// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"

namespace remuda::cli {

/// `remuda hosts facts` and `remuda hosts clean`: something is done on each host, side by side, and
/// its answer shown. Returns the exit code.
[[nodiscard]] int visit_hosts(const Options& options);

}  // namespace remuda::cli
