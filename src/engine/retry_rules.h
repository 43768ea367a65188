// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/job.h"
#include "remuda/model/outcome.h"

#include <cstdint>

namespace remuda::engine {

/// Whether this outcome is one of those that are retried.
[[nodiscard]] bool is_named(const model::RetryOn& on, const model::Outcome& outcome);

/// How long to wait before the `number`-th attempt (from 2). The same for the same arguments:
/// `draw` stands for the job, and `seed` for the run.
[[nodiscard]] Duration delay_before(int number, const model::Retry& retry, std::uint64_t seed,
                                    std::uint64_t draw);

}  // namespace remuda::engine
