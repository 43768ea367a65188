// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/output/reader.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace remuda::output {

/// Who asked last for the run to stop.
enum class StopCause {
    interrupt,
    /// SIGTERM and SIGHUP: what runs is ended when the grace is over.
    termination,
    hangup,
    /// Nobody reads stdout any more.
    closed_output,
};

struct PlainOptions {
    Screen screen;
    /// Only failures (with the last lines of their output) and the summary.
    bool quiet = false;
    /// Of so many lines of a job's output the last one is shown; 0: none. What the report shows of
    /// a failed job's last lines does not depend on it.
    std::size_t print_period = 1;
    /// Asked for whenever something is written to a terminal, so that a resized window is honoured.
    /// May be empty: then `screen.width` holds.
    std::function<std::size_t()> width_now;
    /// Jobs left in the queue. May be empty: then the status line shows no total and the summary
    /// says nothing of what is left.
    std::function<std::size_t()> remaining;
    /// What a job comes to, for the status line: the number of nodes in broadcast.
    std::size_t attempts_a_job = 1;
    /// Show at the end what became of each command on each node.
    bool is_broadcast = false;
    /// A stopped broadcast goes on: what it has lost belongs to this one.
    bool is_resumed = false;
    /// Nothing is run: jobs of others are followed.
    bool is_attached = false;
    /// The run does not end when the queue is empty.
    bool is_daemon = false;
    /// Between TERM and KILL, for what is said when the user stops the run.
    Duration grace = std::chrono::seconds(10);
    /// Asked for when the run is to stop. May be empty: then it is ctrl-c.
    std::function<StopCause()> stop_cause;
    /// Whether the shim runs the jobs of that host. May be absent: then it does of none.
    std::function<bool(const model::Host&)> runs_by_shim;
    /// What the summary calls the queue file.
    std::string queue_name = "queue.yaml";
    /// A failed job ends the run early (-e): then the summary says so.
    bool stops_at_failure = false;
    /// When the run began. Absent: at the first event.
    std::optional<Time> start;
};

/// Lines for people: each output line of a job behind its node's label, `[node] text` for its
/// stdout on `out`, `[node]! text` for its stderr on `err`; what starts and ends on `err`; the
/// summary with the failed jobs on `err` at RunEnded; the status line, if wanted. Ends of jobs are
/// written as reports (Sink). `fleet`, which may grow, `out` and `err` outlive it. docs/output.md.
[[nodiscard]] std::unique_ptr<Reader> make_plain(const model::Fleet& fleet, PlainOptions options,
                                                 Sink& out, Sink& err);

/// What the `run_started` object says.
struct JsonOptions {
    /// When the run began: `ts` counts from here.
    Time start;
    /// The same moment on the wall clock, in UTC: "2026-11-22T03:46:52.123Z".
    std::string started_at;
    /// "queue" or "broadcast".
    std::string mode;
    /// Of remuda.
    std::string version;
    /// Asked for at the end: the code that the program exits with, if that is not the Tally's.
    std::function<int()> exit_code = nullptr;
    /// Where `show_standing` writes, for people; null: it does nothing. Outlives the reader.
    Sink* err = nullptr;
    /// As in PlainOptions.
    std::function<std::size_t()> remaining = nullptr;
    std::size_t attempts_a_job = 1;
    /// By which the store and its commands know a job of this run; may be empty.
    std::function<std::optional<std::uint64_t>(model::JobId)> number_of = nullptr;
};

/// One JSON object a line on `out` for each event that people care for (docs/json.md): stable and
/// versioned. Writes `run_started` at once. `fleet`, which may grow, and `out` outlive it.
[[nodiscard]] std::unique_ptr<Reader> make_json(const model::Fleet& fleet,
                                                const JsonOptions& options, Sink& out);

/// Counts what became of jobs (in broadcast: of each on each node), however often they were tried;
/// tells the exit code (docs/exit-codes.md).
class Tally final : public Reader {
  public:
    void read(const model::Event& event, Time now) override;

    struct Counts {
        std::size_t succeeded = 0;
        /// Exited with another code than 0, or by a signal, or timed out.
        std::size_t failed = 0;
        std::size_t cancelled = 0;
        std::size_t never_started = 0;
        std::size_t lost = 0;
        /// They go on on their hosts, or have ended there: the next run tells.
        std::size_t left_running = 0;
        /// Failed, and to be tried again: not counted above yet.
        std::size_t retrying = 0;
        /// Of all of these: jobs that were tried more than once.
        std::size_t retried = 0;
        /// Nodes that were down at some time.
        std::size_t nodes_down = 0;
    };
    [[nodiscard]] const Counts& counts() const { return counts_; }
    /// 0 all succeeded; 1 a job (or one of an earlier run that was lost) did not; 2 the queue
    /// failed; 3 every job that could start did well but a node was down or a job was left running;
    /// 130 stopped by the user (outranks all others). A run that was halted by its successes
    /// succeeded; what a halt has ended did not fail.
    [[nodiscard]] int exit_code() const;

  private:
    void count(const model::Outcome& outcome, bool node_is_down);
    void will_be_tried_again(model::JobId job, model::NodeId node);
    void retry_over(model::JobId job, model::NodeId node);

    Counts counts_;
    struct Running {
        model::JobId job;
        model::NodeId node;
        bool is_retry = false;
    };
    std::unordered_map<model::AttemptId, Running> running_;
    /// Where they failed: in broadcast a job may wait for its next try on many nodes.
    std::unordered_map<model::JobId, std::vector<model::NodeId>> retrying_;
    std::unordered_set<model::NodeId> down_;
    /// Never started for another reason than that the node was down.
    std::size_t unstartable_ = 0;
    bool stopped_ = false;
    bool is_halted_ = false;
    bool has_enough_successes_ = false;
    bool queue_failed_ = false;
};

}  // namespace remuda::output
