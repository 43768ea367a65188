// SPDX-License-Identifier: MIT
//
// Writer: turns what a run tells into rows. Knows the numbers of the rows that may still change,
// which are those of the jobs and attempts that are open.
#pragma once

#include "history/schema.h"
#include "history/sqlite.h"
#include "history/taken_texts.h"
#include "remuda/history/store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::history {

// What was told, as plain values. Times are wall clock, in milliseconds.
struct NodeTold {
    std::uint64_t node = 0;
    std::string label;
    /// The last job that was claimed before.
    model::JobId since;
};
struct NodeLeftTold {
    std::uint64_t node = 0;
    model::JobId until;
};
struct ClaimTold {
    model::JobId job;
    std::string text;
    std::string mark;
    std::int64_t at = 0;
    std::optional<JobKey> resumes;
};
/// The job is not `claimed` any more.
struct JobEndTold {
    model::JobId job;
    JobState state = JobState::finished;
    std::string reason;
};
struct KeeperTold {
    std::uint64_t keeper = 0;
    std::string boot;
    std::string epoch;
};
struct StartTold {
    model::AttemptId attempt;
    model::JobId job;
    std::uint64_t node = 0;
    std::string command;
    std::int64_t at = 0;
    std::string slots;
    /// Empty: not durable.
    std::string key = {};  // NOLINT(readability-redundant-member-init): so that it may be left out.
    std::uint64_t keeper = 0;
};
struct EndTold {
    model::AttemptId attempt;
    model::Outcome outcome;
    EndFacts facts;
    std::int64_t at = 0;
    /// Of a job that a dead run has left; absent: of our own run.
    std::optional<JobKey> left = std::nullopt;
};
struct RefusalTold {
    model::AttemptId attempt;
    std::int64_t at = 0;
};
struct RepeatTold {
    std::string text;
};
/// The reason of attempts that are lost because their run was killed: their hosts may know more.
constexpr const char* kKilled = "remuda was killed while it ran";

/// A job of a dead run is settled.
struct SettlementTold {
    JobKey key;
    JobState state = JobState::lost;
    /// Empty: none.
    std::string reason;
};
/// A dead run has nothing left to settle.
struct BurialTold {
    RunId run;
    std::int64_t at = 0;
};
using Record = std::variant<NodeTold, NodeLeftTold, KeeperTold, ClaimTold, JobEndTold, StartTold,
                            EndTold, RefusalTold, RepeatTold, SettlementTold, BurialTold>;

/// The run that the records are of.
struct OwnRun {
    RunId id;
    std::string queue;
    /// The greatest JobKey when it began.
    std::uint64_t first_job = 0;
    /// It works off a queue.
    bool is_queue = false;
};

class Writer {
  public:
    /// `database` has its tables. Both outlive it.
    [[nodiscard]] static Result<std::unique_ptr<Writer>> make(Database& database,
                                                              TakenTexts& taken);

    /// Within a transaction. After a failure, or when the transaction fails, the same records, or
    /// some of them, can be written again.
    [[nodiscard]] Result<void> write(const OwnRun& run, const std::vector<Record>& records);
    /// They were committed: forgets the numbers of what has ended.
    void committed(const std::vector<Record>& records);
    /// The claim was not written and never will be.
    void forget(model::JobId job) { jobs_.erase(job); }

    /// Of a job that was written and whose end was not.
    [[nodiscard]] std::optional<JobKey> number_if_open(model::JobId job) const {
        const auto found = jobs_.find(job);
        return found != jobs_.end() ? std::optional(JobKey{found->second}) : std::nullopt;
    }

    [[nodiscard]] bool has_open_jobs() const { return !jobs_.empty(); }

  private:
    Writer(Database& database, TakenTexts& taken) : database_(database), taken_(taken) {}
    [[nodiscard]] Result<void> prepare();

    [[nodiscard]] Result<void> write_one(const OwnRun& run, const NodeTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const NodeLeftTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const KeeperTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const ClaimTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const JobEndTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const StartTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const EndTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const RefusalTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const RepeatTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const SettlementTold& told);
    [[nodiscard]] Result<void> write_one(const OwnRun& run, const BurialTold& told);

    /// An empty reason is none.
    [[nodiscard]] Result<void> end_job(std::uint64_t number, JobState state,
                                       const std::string& reason);

    /// Told of the first attempt at a job that an earlier run has left: the same attempt, which
    /// began there, and perhaps ended there.
    [[nodiscard]] Result<void> carry_on(Statement& statement, std::uint64_t job,
                                        model::AttemptId attempt);
    [[nodiscard]] std::uint64_t number_of(model::JobId job) const;
    [[nodiscard]] std::uint64_t job_number_of(model::AttemptId attempt) const;

    Database& database_;
    TakenTexts& taken_;
    Statement insert_node_;
    Statement end_node_;
    Statement insert_keeper_;
    Statement insert_job_;
    Statement end_job_;
    Statement insert_attempt_;
    Statement begin_as_before_;
    Statement end_attempt_;
    Statement end_as_before_;
    Statement excuse_;
    Statement lose_attempts_;
    Statement bury_;

    std::unordered_map<model::JobId, std::uint64_t> jobs_;
    /// The number of its job.
    std::unordered_map<model::AttemptId, std::uint64_t> attempts_;
    /// Open jobs of ours that go on with one that an earlier run has left; both by their numbers.
    std::unordered_map<std::uint64_t, std::uint64_t> adopted_;
    /// Jobs that the last `write` ended. An id may be claimed anew behind that.
    std::vector<std::pair<model::JobId, std::uint64_t>> ended_;
    /// Of the last claim of this `write`.
    std::optional<std::string> mark_;
};

}  // namespace remuda::history
