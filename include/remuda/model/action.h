// SPDX-License-Identifier: MIT
//
// Action: what the engine asks `run` to do. Each is answered by events.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/event.h"
#include "remuda/model/ids.h"
#include "remuda/model/job.h"

#include <optional>
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
    /// AttemptStarted::number.
    int number = 1;
};

/// Why a running attempt is ended.
enum class EndReason {
    /// Cancelled, unless it ends well all the same.
    stopped,
    /// TimedOut, however it ends once it was sent TERM.
    timed_out,
    /// Its job was: as `stopped`, also where it was not sent yet.
    cancelled,
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
/// AttemptEnded. Comes again for one that timed out where the run stops.
struct EndAttempt {
    AttemptId attempt;
    EndReason reason = EndReason::stopped;
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

/// Answered by WaitOver{token} when `duration` has passed since the command of `from` was handed to
/// its transport; without `from`, since now. Not answered if that attempt ends first, or after
/// EndWait.
struct Wait {
    WaitId token;
    Duration duration{0};
    std::optional<AttemptId> from = std::nullopt;
};

/// That wait is of no use any more. Not answered.
struct EndWait {
    WaitId token;
};

/// The engine has found out something that everybody is to be told. Answered by the event itself.
struct Tell {
    std::variant<RetryDropped, NodeRested, RunHalted> event;
};

/// Nothing is left to do: end the run.
struct Finish {};

using Action = std::variant<TakeJob, StartAttempt, AttachAttempt, EndAttempt, SkipAttempt, PutBack,
                            Wait, EndWait, Tell, Finish>;

}  // namespace remuda::model
