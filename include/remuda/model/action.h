// SPDX-License-Identifier: MIT
//
// Action: what the engine asks `run` to do. Each is answered by events.
#pragma once

#include "remuda/model/ids.h"
#include "remuda/model/job.h"

#include <string>
#include <variant>
#include <vector>

namespace remuda::model {

/// Take the head of the queue if it fits (ask the engine's `fit`). Answered by exactly one of
/// JobTaken, JobTooBig, QueueEmpty, HeadDoesNotFit, QueueFailed. At most one is under way.
struct TakeJob {};

/// Start `job` on `node` as `attempt`. Answered by AttemptStarted at once, and later by one of
/// AttemptEnded, AttemptRefused and AttemptLeft.
struct StartAttempt {
    AttemptId attempt;
    Job job;
    NodeId node;
    std::vector<int> slots;
};

/// Go on with a job of an earlier run (JobResumed) as `attempt`. Answered like StartAttempt.
struct AttachAttempt {
    AttemptId attempt;
    Job job;
    NodeId node;
    /// Those of its slots that were free: they are held.
    std::vector<int> slots;
};

/// End a running attempt: TERM to its process group, KILL after the grace time. Answered by
/// AttemptEnded.
struct EndAttempt {
    AttemptId attempt;
};

/// Record that `job` will not run on `node`. Answered by AttemptStarted (without slots) and
/// AttemptEnded{NeverStarted{reason}}.
struct SkipAttempt {
    AttemptId attempt;
    Job job;
    NodeId node;
    std::string reason;
};

/// Put a job that was taken but never started back at the head of the queue. Not answered.
struct PutBack {
    Job job;
};

/// Nothing is left to do: end the run.
struct Finish {};

using Action =
    std::variant<TakeJob, StartAttempt, AttachAttempt, EndAttempt, SkipAttempt, PutBack, Finish>;

}  // namespace remuda::model
