// SPDX-License-Identifier: MIT
//
// Store: what runs have claimed, started and ended, durably, in `<state directory>/state.db`
// (SQLite; schema in src/history/schema.cc).
//
// What happens is told to the store as it happens and kept in memory; `commit` writes all of it in
// one transaction. What was committed survives `kill -9` of this process; with Safety::machine also
// a loss of power. Several processes may use one store. Everything belongs to one thread.
#pragma once

#include "remuda/base/check.h"
#include "remuda/base/result.h"
#include "remuda/model/event.h"
#include "remuda/model/ids.h"
#include "remuda/model/outcome.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remuda::history {

/// Number of a run in its store, counted from 1.
using RunId = Id<struct RunTag>;
/// Number of a job in its store, over all runs, in the order of their claims.
using JobKey = Id<struct StoredJobTag>;

/// Milliseconds since 1970-01-01 UTC. For people and queries; nothing is decided by it.
using WallClock = std::function<std::int64_t()>;

/// What a commit survives.
enum class Safety {
    /// The end of this process, however it ends.
    process,
    /// A loss of power too: synced to the disk, with all commits before it.
    machine,
};

struct RunInfo {
    /// Real absolute path of the queue file.
    std::string queue;
    /// "queue" or "broadcast".
    std::string mode;
    std::string version;
    bool stops_at_failure = false;
    /// The stopped broadcast that this run goes on with.
    std::optional<RunId> resumes = std::nullopt;
};

/// What is known of an attempt at its end, besides its outcome.
struct EndFacts {
    std::optional<model::Usage> usage = std::nullopt;
    /// Bytes that it wrote, as far as they are known.
    std::optional<std::uint64_t> out_length = std::nullopt;
    std::optional<std::uint64_t> err_length = std::nullopt;
};

/// An attempt that a dead run had started and of whose end nothing is known.
struct OpenAttempt {
    std::string node;
    /// The rendered command.
    std::string command;
    /// Its id within its run.
    model::AttemptId attempt;
    /// Indices of the node's slots.
    std::vector<int> slots;
    /// Absent: it died with the connection.
    std::optional<model::Durable> durable = std::nullopt;
    /// When it was started, by the wall clock.
    std::int64_t started_ms = 0;
};

/// The last attempt at a job that was to be tried again.
struct EndedAttempt {
    std::string node;
    std::string command;
    model::AttemptId attempt;
    model::Outcome outcome;
    /// Its name on its host; empty: it died with the connection.
    std::string key;
};

/// What is on record of the attempts at a job of a dead run decides what becomes of it.
struct LeftAttempts {
    /// Started, without an outcome.
    std::size_t open = 0;
    /// The open one outlives its connection, if there is one alone.
    bool is_durable = false;
    /// One has ended.
    bool has_ended = false;
    /// Its run worked off a queue.
    bool is_queue = false;
    /// LeftJob::has_rebooted.
    bool has_rebooted = false;

    /// It goes on on its host, as far as is known here.
    [[nodiscard]] bool goes_on() const { return open == 1 && is_durable; }
    /// Its last attempt failed, and was to be followed by another one. (In a broadcast the nodes
    /// where it ended have done so for good.)
    [[nodiscard]] bool is_owed_a_try() const {
        return open == 0 && has_ended && is_queue && !has_rebooted;
    }
};

/// A job that a dead run had claimed and neither brought to an end nor given back.
struct LeftJob {
    JobKey key;
    RunId run;
    model::JobId job;
    /// In canonical form (queue::canonical_entry).
    std::string text;
    /// What the queue gave with the claim (queue::Ledger).
    std::string mark;
    /// Some attempt at it was started: it may have run.
    bool was_started = false;
    /// Of the attempts that were started, those that have no outcome.
    std::vector<OpenAttempt> open;
    /// How many attempts were started, with those of the runs before.
    int tries = 0;
    /// Of those that have ended, the last one.
    std::optional<EndedAttempt> ended;
    /// Its run worked off a queue.
    bool is_queue = false;
    /// The machine has been started anew since that run: commits of Safety::process may be missing,
    /// so "not started" is not known.
    bool has_rebooted = false;
    /// It was handed out again by a run that resumed a broadcast, of this job: it is not in the
    /// queue file.
    std::optional<JobKey> resumes;
    /// `resumes` a job that was left running (Verdict::handed_on), not one of a broadcast: if
    /// nothing of it ran after all it belongs into the queue file.
    bool was_adopted = false;
    /// It was brought to an end, so there is nothing to settle. Only given with `has_rebooted`: it
    /// may stand in the queue file again, since claims are synced and changes of the file need not
    /// be.
    bool has_ended = false;
    /// Somebody asked for it to be cancelled.
    bool is_unwanted = false;

    [[nodiscard]] LeftAttempts attempts() const {
        const bool is_durable = open.size() == 1 && open.front().durable.has_value();
        return {open.size(), is_durable, ended.has_value(), is_queue, has_rebooted};
    }
    [[nodiscard]] bool goes_on() const { return !has_ended && attempts().goes_on(); }
    [[nodiscard]] bool is_owed_a_try() const { return !has_ended && attempts().is_owed_a_try(); }
    /// Where it goes on, or its last attempt was; it has one or the other.
    [[nodiscard]] const std::string& node() const {
        return goes_on() ? open.front().node : last_end().node;
    }
    /// One has ended.
    [[nodiscard]] const EndedAttempt& last_end() const {
        REMUDA_CHECK(ended.has_value());
        return *ended;
    }
};

/// How far a job of a stopped broadcast got on one node.
enum class Standing {
    /// It ran to an end of its own: exited, killed by a signal, timed out. With `stops_at_failure`
    /// only a success counts, since the failure is what the broadcast stopped for.
    done,
    /// To be done again: it never started there or was cancelled, or failed with
    /// `stops_at_failure`.
    behind,
    /// It may have run: lost, or started and nothing known of its end.
    unknown,
};
[[nodiscard]] Standing standing(const std::optional<model::Outcome>& outcome,
                                bool stops_at_failure);

/// One job of a broadcast, and what became of it where.
struct BroadcastJob {
    /// Of the claim in the run that took it from the queue file.
    JobKey key;
    std::string text;
    struct OnNode {
        /// The node's label.
        std::string node;
        /// Of the last attempt there. NeverStarted, too, where there was no attempt (the node was
        /// down). Absent: it may have been started, and nothing is known of its end.
        std::optional<model::Outcome> outcome;
    };
    /// All nodes that belonged to the run that took it when it did, in the order of its fleet.
    std::vector<OnNode> nodes;
};

struct Broadcast {
    /// The latest run of the chain; what RunInfo::resumes is to name.
    RunId run;
    /// Of that run.
    bool stops_at_failure = false;
    /// In the order in which they were taken.
    std::vector<BroadcastJob> jobs;
};

class Store {
  public:
    /// Opens or makes `directory` (0700) and state.db in it (0600), and brings its schema up to
    /// date. Code::invalid_input: it was made by a newer remuda, or is no store.
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::string& directory,
                                                             WallClock wall_clock);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// 32 hexadecimal digits, drawn when the store was made: the controller's name for hosts.
    [[nodiscard]] const std::string& store_id() const;

    /// Begins this process's run. It counts as alive until `end_run`, or until the process ends,
    /// however it ends (a flock on `<directory>/runs/<id>.lock`). Committed when it returns. Until
    /// then a store that another process keeps locked is waited for for seconds, afterwards for
    /// 50 ms at a time: Code::busy, and it is the caller who tries again.
    [[nodiscard]] Result<RunId> begin_run(const RunInfo& info);
    /// Everything that it claimed has been told of; commits, with Safety::machine. Jobs that are
    /// neither finished nor withdrawn even so (they were left running on their hosts, or the queue
    /// was locked when they were to be put back) are left behind, for the next run to find.
    [[nodiscard]] Result<void> end_run();

    // What happens in this process's run. Nothing is written before `commit`.

    /// A node that belongs to the run from the next claim on, whether or not anything ever runs
    /// there.
    void node_of_run(const std::string& label);
    /// It belongs to none of the jobs that are claimed from now on.
    void node_left(const std::string& label);
    /// `resumes`: the job of a stopped broadcast that it goes on with (then it is not in the queue
    /// file, and does not count for `times_taken`).
    void claimed(model::JobId job, std::string text, std::string mark,
                 std::optional<JobKey> resumes = std::nullopt);
    /// The job is back in the queue, or never left it. No attempt at it has begun.
    void withdrawn(model::JobId job);
    /// To be committed before the command is sent.
    void started(model::AttemptId attempt, model::JobId job, const std::string& node,
                 std::string command, const std::vector<int>& slots = {},
                 const std::optional<model::Durable>& durable = std::nullopt);
    /// To be committed before it is told to anybody.
    void ended(model::AttemptId attempt, const model::Outcome& outcome, const EndFacts& facts = {});
    /// An attempt of which nothing ran; the job goes elsewhere.
    void refused(model::AttemptId attempt);
    /// No further attempt at the job is to come.
    void finished(model::JobId job);
    /// No node can ever run the job, which is off the queue; `finished` is not told.
    void rejected(model::JobId job, std::string reason);

    /// Writes what was told since the last commit, all or nothing. On failure (full disk ...) it is
    /// kept, and the next commit tries again. Does nothing if there is nothing to write and an
    /// earlier commit was at least as safe. Code::busy: another process keeps the store locked.
    /// With Safety::machine it fails, too, if the file has been removed from its place (seen within
    /// a second): what is written is lost with this process then.
    [[nodiscard]] Result<void> commit(Safety safety);
    /// Drops the claims that were told since the last commit and could not be written.
    void forget_claims();
    [[nodiscard]] bool has_uncommitted() const;

    // What other processes ask of our run (remuda/history/upkeep.h).

    /// The jobs that are to be cancelled, each once.
    [[nodiscard]] Result<std::vector<model::JobId>> take_requests();
    /// The job's number over all runs, for people; nothing before its claim is committed, and once
    /// its end is.
    [[nodiscard]] std::optional<JobKey> number_of(model::JobId job) const;

    /// Of these keys of attempts on hosts, those whose outcome is on record, in whatever run. One
    /// that is lost because its run was killed has none: its receipt is all that is known of it.
    [[nodiscard]] Result<std::vector<std::string>> settled_keys(
        const std::vector<std::string>& keys);

    /// By its wall clock.
    [[nodiscard]] std::int64_t now_ms() const;

    // What other runs have left.

    /// The jobs of this queue that runs left which are dead now, oldest first. A dead run whose
    /// jobs are all settled is marked as ended at the next `commit`. The runs that it tells of
    /// stay locked for other processes until then, so that nobody else settles them too.
    /// On file systems whose locks other machines may not see (9p, FUSE, Lustre, AFS), runs of
    /// other machines count as alive. Waits, 5 s at most over the store's life, for a run of this
    /// machine whose process is dying: it holds its lock until its files are closed.
    [[nodiscard]] Result<std::vector<LeftJob>> left_behind(const std::string& queue);
    enum class Verdict {
        /// It never started; it is back in the queue.
        back_in_queue,
        /// It never started, since somebody cancelled it; it is not in the queue.
        dropped,
        /// It may have run; its open attempts are recorded as lost.
        lost,
        /// Our run goes on with its open attempt, as a job that `claimed` was told of with its key.
        handed_on,
        /// All its attempts have an outcome now, and no further one is to come.
        finished,
    };
    /// Settles a job that was left behind. Written at the next `commit`. Until then, and as long as
    /// it is not called, the job stays ours to settle.
    void settle(const LeftJob& job, Verdict verdict);
    /// The outcome of an open attempt at a job that was left behind is known after all. To be told
    /// before its job is settled.
    void ended_later(JobKey job, model::AttemptId attempt, const model::Outcome& outcome,
                     const EndFacts& facts = {});

    /// How many jobs with this text any run has claimed from this queue since our run began and not
    /// given back, less those that were skipped since. Commits what was told first.
    [[nodiscard]] Result<std::size_t> times_taken(const std::string& text);
    /// A job with this text came back into the file and was skipped: it excuses one claim.
    void skipped_repeat(const std::string& text);

    /// The latest broadcast of this queue whose run has ended, however it did, and of which some
    /// job is not done (Standing) on some node of the run; nothing if there is none. A run that
    /// resumed another one counts with it as one broadcast: an attempt of the later run replaces
    /// one of the earlier at the same job on the same node. While one of the chain is alive, none
    /// of it is given. Jobs that are back in the queue file, or are to be put there (see
    /// `left_behind`), do not belong to it. Our own run does not count.
    [[nodiscard]] Result<std::optional<Broadcast>> stopped_broadcast(const std::string& queue);

  private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::history
