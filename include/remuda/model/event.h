// SPDX-License-Identifier: MIT
//
// Event: what happened. The engine is told of events and decides; output and history are told of
// the same events and show or keep them. Events are facts: nothing is asked for by an event.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/ids.h"
#include "remuda/model/job.h"
#include "remuda/model/outcome.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace remuda::model {

/// The host of this node is connected and authenticated (or local): jobs can run.
struct NodeUp {
    NodeId node;
};

/// The node cannot be used (any more). Attempts that run there get their own AttemptEnded.
struct NodeDown {
    NodeId node;
    std::string reason;
};

/// A node joins the fleet while the run goes on; its host is being connected. `node` is the index
/// behind the last one.
struct NodeAdded {
    NodeId node;
    HostId host;
    int slots = 1;
};

/// A node leaves the fleet: it gets no further job; what runs there finishes.
struct NodeRetired {
    NodeId node;
};

/// A job of an earlier run that was killed: it may have run, and nothing more will be known of it.
struct JobLost {
    /// The rendered command, or the template where nothing else is known.
    std::string command;
    /// The node's label; empty if unknown.
    std::string node;
    std::string reason;
    /// The job of this run that goes on with it on other nodes.
    std::optional<JobId> job = std::nullopt;
    /// Its own number in the store.
    std::optional<std::uint64_t> number = std::nullopt;
};

/// One job was taken from the queue and is ours to run.
struct JobTaken {
    Job job;
};

/// A job was taken that no node can ever run; it is recorded as never started.
struct JobTooBig {
    Job job;
    std::string reason;
};

/// The queue was read and held nothing to take.
struct QueueEmpty {};

/// The queue was read; its head does not fit anywhere now. Nothing was taken.
struct HeadDoesNotFit {};

/// The queue may hold something new: the file changed.
struct QueueChanged {};

/// The queue could not be taken from for good: the file is faulty or gone. No further job is taken.
struct QueueFailed {
    std::string reason;
};

/// How an attempt is found again on its host by whoever connects anew (docs/protocol/shim.md).
struct Durable {
    std::string key;
    /// Of the host when the command was sent: as long as both are the same, a key that is not known
    /// there was never started.
    std::string boot;
    std::string epoch;

    bool operator==(const Durable&) const = default;
};

/// A job that an earlier run started and left goes on in this one: it runs or has ended on its host
/// under `durable.key`. It keeps its slots. Told before jobs are taken.
struct JobResumed {
    Job job;
    NodeId node;
    std::vector<int> slots;
    /// The rendered command.
    std::string command;
    Durable durable;
    /// Bytes of stdout and stderr that are kept already.
    std::uint64_t out = 0;
    std::uint64_t err = 0;
    /// AttemptStarted::number, and how the attempt before it ended.
    int number = 1;
    std::optional<Outcome> before = std::nullopt;
    /// It has ended, too: the earlier run did not come to its next attempt. Whether there is one is
    /// decided anew.
    std::optional<Outcome> ended = std::nullopt;
    /// How long it has run by now, as far as is known.
    Duration ran{0};
    /// It was cancelled while its host, or the earlier run, could not heed that any more.
    bool is_cancelled = false;
};

/// An attempt was handed to its node's transport, which sends it as soon as it can.
struct AttemptStarted {
    AttemptId attempt;
    JobId job;
    NodeId node;
    /// The indices of the node's slots that it holds, ascending.
    std::vector<int> slots;
    /// The rendered command.
    std::string command;
    /// It outlives the connection.
    std::optional<Durable> durable = std::nullopt;
    /// An earlier run started it: it goes on (JobResumed).
    bool is_resumed = false;
    /// Which attempt at the job it is (in broadcast: at the job on this node), counted from 1.
    int number = 1;
    /// JobResumed::ran.
    Duration ran{0};
};

/// The node's host says that the attempt runs. Missing where an output or an end tells as much, and
/// for one that is resumed.
struct AttemptBegan {
    AttemptId attempt;
};

enum class Stream : std::uint8_t { out, err };

/// Bytes of an attempt's output that its host had no room for, or was not to keep: the last ones.
struct CutOutput {
    std::uint64_t out = 0;
    std::uint64_t err = 0;

    [[nodiscard]] std::uint64_t total() const { return out + err; }
    friend bool operator==(const CutOutput&, const CutOutput&) = default;
};

/// An attempt wrote `bytes`. Chunks are cut anywhere.
struct OutputArrived {
    AttemptId attempt;
    Stream stream = Stream::out;
    std::string bytes;
};

/// The attempt that follows one that failed.
struct NextTry {
    /// The `number`-th of at most `most`.
    int number = 2;
    int most = 2;
    /// It is made so long afterwards, or when there is room.
    Duration delay{0};

    bool operator==(const NextTry&) const = default;
};

/// An attempt ended. Nothing of it follows.
struct AttemptEnded {
    AttemptId attempt;
    Outcome outcome;
    std::optional<Usage> usage = std::nullopt;
    /// The job's outcome is that of a later attempt: AttemptStarted follows, or RetryDropped.
    /// Filled in by the driver, who asks the engine, before anybody is told.
    std::optional<NextTry> next_try = std::nullopt;
    /// Bytes of its output that its host had no room for (JobOptions::output_limit).
    CutOutput cut = {};
};

/// The attempt that was to follow this one (AttemptEnded::next_try) will not be made: the job's
/// outcome is that of this one.
struct RetryDropped {
    AttemptId attempt;
    JobId job;
    NodeId node;
    Outcome outcome;
    std::string reason;
};

/// The node gets no new jobs for so long, since its host does worse than others. All nodes of a
/// host rest together: one event for each, with the same reason.
struct NodeRested {
    NodeId node;
    /// The evidence.
    std::string reason;
    Duration duration{0};
};

/// No further job is taken, since as many have failed, succeeded or ended as were to end the run.
struct RunHalted {
    /// "3 jobs have failed".
    std::string reason;
    /// It is the successes that were counted.
    bool is_success = false;
    /// What runs is ended, too.
    bool is_now = false;
};

/// What the engine waited for has passed.
struct WaitOver {
    WaitId token;
};

/// The node could not take the attempt (its connection broke before the command was sent, say).
/// Nothing of the command ran, for certain, and the job is free to run elsewhere. Ends the attempt.
struct AttemptRefused {
    AttemptId attempt;
    std::string reason;
};

/// Nobody waits for the attempt any longer, and it goes on on its host, or has ended there: the
/// next run asks for its outcome. Ends the attempt here.
struct AttemptLeft {
    AttemptId attempt;
    std::string reason;
    /// A signal was sent to end it, which may not have arrived.
    bool is_ending = false;
};

/// The user does not want the job any more.
struct JobCancelled {
    JobId job;
};

/// The user asked to stop. 1: no new job; 2: end the running ones; 3: leave at once.
struct StopAsked {
    int grade = 1;
};

/// The run is over.
struct RunEnded {};

using Event =
    std::variant<NodeUp, NodeDown, NodeAdded, NodeRetired, JobLost, JobResumed, JobTaken, JobTooBig,
                 QueueEmpty, HeadDoesNotFit, QueueChanged, QueueFailed, AttemptStarted,
                 AttemptBegan, OutputArrived, AttemptEnded, AttemptRefused, AttemptLeft,
                 JobCancelled, RetryDropped, NodeRested, RunHalted, WaitOver, StopAsked, RunEnded>;

}  // namespace remuda::model
