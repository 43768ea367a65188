// SPDX-License-Identifier: MIT
//
// What is said of attempts and stops, in words.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"
#include "remuda/model/ids.h"
#include "remuda/model/outcome.h"
#include "remuda/output/output.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::output {

/// How an attempt ended: a word that stands in a column of its own, and the rest.
struct Verdict {
    std::string_view word;
    std::string_view colour;
    std::string text;
};
/// `took`: absent if nobody knows.
[[nodiscard]] Verdict verdict_of(const model::Outcome& outcome, model::JobId id,
                                 std::optional<Duration> took);
/// The same of an attempt with all that is known of it: what it used, and what follows.
[[nodiscard]] Verdict verdict_of(const model::AttemptEnded& ended, model::JobId id,
                                 std::optional<Duration> took);

/// An attempt that runs.
struct RunningJob {
    model::JobId job;
    const model::Node* node = nullptr;
    /// The command, or the job's name.
    std::string_view what;
    Time started;
    /// Its host has said so; false: it was sent.
    bool has_begun = true;
};

/// What is known when the user asks to stop.
struct StopFacts {
    int grade = 1;
    StopCause cause = StopCause::interrupt;
    /// In any order.
    std::vector<RunningJob> running;
    /// Besides those, so many are left on their hosts.
    std::size_t left_running = 0;
    /// Some of them run on other machines, and not by the shim, which reaches all that they start.
    bool has_remote = false;
    std::optional<std::size_t> left;
    std::string queue_name;
    /// It waits for further jobs: SIGHUP means that its terminal is gone.
    bool is_daemon = false;
    /// Between TERM and KILL.
    Duration grace{};
    /// Some jobs ask for another.
    bool has_own_graces = false;
};
/// What happens now and what the next ctrl-c does; several lines, ended, safe to show.
[[nodiscard]] std::string stop_text(StopFacts facts);

}  // namespace remuda::output
