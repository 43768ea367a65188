// SPDX-License-Identifier: MIT
//
// One run of the drill: a queue is worked off while faults strike, by the same command again and
// again until nothing is left; then every job is judged.
#pragma once

#include "remuda/base/result.h"
#include "selftest/bed.h"
#include "selftest/plan.h"
#include "selftest/scorecard.h"

#include <functional>
#include <string>

namespace remuda::selftest {

struct DrillSettings {
    /// Path of remuda.
    std::string program;
    /// The user wants it to end.
    std::function<bool()> is_stopped;
};

/// Code::stopped: the user did. Other errors: the drill itself could not be set up.
[[nodiscard]] Result<RunResult> run_drill(Bed& bed, const Plan& plan,
                                          const DrillSettings& settings);

}  // namespace remuda::selftest
