// SPDX-License-Identifier: MIT
#pragma once

#include "history/sqlite.h"
#include "remuda/base/result.h"

#include <cstdint>
#include <string>

namespace remuda::history {

/// jobs.state.
enum class JobState : std::uint8_t {
    /// Claimed by its run, which has neither brought it to an end nor given it back.
    claimed = 0,
    finished = 1,
    /// Given back; it counts as never claimed.
    withdrawn = 2,
    /// Its run was killed: what has no outcome may have run.
    lost = 3,
    /// As `lost`, and the machine went down too: there may have been attempts that are not here.
    lost_with_machine = 4,
    /// Taken off the queue and never started, since no node can ever run it, or somebody cancelled
    /// it; `reason` says why.
    rejected = 5,
    /// Its run left it running on its host, and a later one goes on with it as a job of its own,
    /// whose `resumes` names this one.
    handed_on = 6,
};

/// jobs.mark: that of the job before it, claimed in the same transaction.
inline constexpr const char* kMarkAsBefore = "=";

/// attempts.kind; absent while the attempt is open.
enum class AttemptKind : std::uint8_t {
    exited = 0,
    signalled = 1,
    timed_out = 2,
    cancelled = 3,
    never_started = 4,
    lost = 5,
    /// Nothing of it ran, and the job went elsewhere.
    refused = 6,
};

/// runs.ending; absent while the run goes on, or until somebody has settled what it left. (With
/// runs.ended_ms it has ended in order all the same.)
enum class RunEnding : std::uint8_t { clean = 0, killed = 1 };

/// Code::invalid_input: the file is no store, or that of a newer remuda. An empty file may become
/// one. `path` is for messages.
[[nodiscard]] Result<void> check_is_store(Database& database, const std::string& path);

/// Makes the tables, or brings them up to date.
[[nodiscard]] Result<void> migrate(Database& database, const std::string& path);

}  // namespace remuda::history
