// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "remuda/base/result.h"
#include "remuda/model/fleet.h"

#include <string>

namespace remuda::cli {

/// What `remuda q` would do first with the jobs that earlier runs of this queue have left, in
/// lines; empty if there are none. Changes nothing, and keeps nobody from settling them.
[[nodiscard]] Result<std::string> earlier_jobs_text(const Options& options,
                                                    const model::Fleet& fleet);

}  // namespace remuda::cli
