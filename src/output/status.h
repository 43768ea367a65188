// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/clock.h"
#include "remuda/output/output.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace remuda::output {

/// How fast attempts end, judged by the last ones, so that it follows a change of pace.
class Pace {
  public:
    void attempt_started(Time now);
    void attempt_ended(Time now);
    /// Attempts a second; 0 while there is too little to judge by.
    [[nodiscard]] double per_second(Time now) const;

  private:
    std::optional<Time> first_start_;
    std::deque<Time> ends_;
};

/// What the status line tells.
struct Status {
    Tally::Counts counts;
    std::size_t running = 0;
    /// Attempts still to come, where known.
    std::optional<std::size_t> queued;
    std::size_t nodes = 0;
    std::size_t nodes_ready = 0;
    /// At the moment. The others are being connected.
    std::size_t nodes_down = 0;
    double per_second = 0;
    /// The user asked to stop: what is queued stays there, and no pace is of interest.
    bool is_stopping = false;
    /// With nothing to do it waits for more.
    bool is_daemon = false;
};

/// "[12/200] 8 running, 1 failed, 180 queued, 2 nodes down  6.1 jobs/s  about 24m left", or before
/// the first job "connecting: 3 of 12 nodes ready". A daemon without jobs: "[12] waiting for jobs".
[[nodiscard]] std::string status_text(const Status& status, bool colour);

}  // namespace remuda::output
