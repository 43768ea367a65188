// SPDX-License-Identifier: MIT
#pragma once

#include "output/job_output.h"
#include "remuda/base/clock.h"
#include "remuda/model/event.h"
#include "remuda/model/ids.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::output {

/// An attempt as people are told of it, from its being sent to its end.
struct ShownAttempt {
    ShownAttempt(const model::AttemptStarted& attempt, std::string called, Time at,
                 std::size_t print_period)
        : job(attempt.job),
          node(attempt.node),
          what(std::move(called)),
          started(at - attempt.ran),
          slots(attempt.slots),
          outlives_us(attempt.durable.has_value()),
          is_resumed(attempt.is_resumed),
          output(print_period) {}

    /// What it took until it ended as told at `now`; nothing where that is not known.
    [[nodiscard]] std::optional<Duration> time_until(Time now,
                                                     const model::AttemptEnded& ended) const {
        // Its host knows better: the connection may have been away.
        if (ended.usage) return ended.usage->wall;
        // Without slots it is told of once more, as it ended then.
        const bool is_ours = !is_resumed && !slots.empty();
        return is_ours ? std::optional(now - started) : std::nullopt;
    }

    model::JobId job;
    model::NodeId node;
    /// The command, or the job's name.
    std::string what;
    /// Sent, until it has begun.
    Time started;
    /// It runs there, for certain.
    bool has_begun = false;
    std::vector<int> slots;
    bool outlives_us;
    /// An earlier run started it: only its host knows exactly when.
    bool is_resumed;
    JobOutput output;
};

}  // namespace remuda::output
