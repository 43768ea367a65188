// SPDX-License-Identifier: MIT
//
// Query: what the store knows of runs and jobs, for people and their programs. Reads only, also
// while runs go on; what it tells is what was committed at that moment.
#pragma once

#include "remuda/base/result.h"
#include "remuda/history/store.h"
#include "remuda/model/ids.h"
#include "remuda/model/outcome.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::history {

struct RunRecord {
    enum class Life {
        alive,
        ended,
        /// It ended in order and left jobs, whose outcome a later run is to find out.
        left,
        /// It was killed, and what it left is settled.
        killed,
        /// It was killed, and nobody has settled what it left.
        unsettled,
    };
    RunId id;
    /// Real path of the queue file.
    std::string queue;
    /// "queue" or "broadcast".
    std::string mode;
    std::string version;
    std::string machine;
    std::uint64_t pid = 0;
    /// Milliseconds since 1970-01-01 UTC, here and below.
    std::int64_t began_ms = 0;
    std::optional<std::int64_t> ended_ms;
    Life life = Life::ended;
};

struct AttemptRecord {
    model::AttemptId attempt;
    std::string node;
    std::string command;
    std::vector<int> slots;
    std::int64_t started_ms = 0;
    std::optional<std::int64_t> ended_ms;
    /// Absent: it goes on, or its run was killed and nobody has looked yet.
    std::optional<model::Outcome> outcome;
    /// Nothing of it ran, and the job went elsewhere.
    bool is_refused = false;
    EndFacts facts;
    /// Its name on the host; empty: it has none.
    std::string key;
};

struct JobRecord {
    enum class Stage {
        /// Its run is to start it.
        taken,
        running,
        ended,
        /// It went back into the queue.
        given_back,
        /// Its run left it running on its host: a later run goes on with it, as a job of its own.
        handed_on,
        /// Its run has ended in order and left it: running on its host, if an attempt is open, else
        /// to be put back into the queue. Nobody has looked yet what became of it.
        left,
        /// Its run was killed, and nobody has looked yet what became of it.
        unsettled,
    };
    JobKey key;
    RunId run;
    /// Its run is a broadcast.
    bool is_broadcast = false;
    /// Real path of its queue file.
    std::string queue;
    model::JobId job;
    Stage stage = Stage::taken;
    /// Canonical form of its entry.
    std::string text;
    std::int64_t claimed_ms = 0;
    /// When it was put back into the queue by hand.
    std::optional<std::int64_t> retried_ms;
    /// It was to be put back then, and whoever did it was killed: only the file tells whether it is
    /// there.
    bool may_be_put_back = false;
    /// Somebody asked for it to be cancelled.
    bool is_unwanted = false;
    /// The job of an earlier run that it went on with.
    std::optional<JobKey> resumes;
    /// Of what was handed on (Query::job alone): the job that went on with it.
    std::optional<JobKey> goes_on_as;
    /// Of what is left or unsettled: this machine has been started anew since, or it is not the one
    /// where its run was.
    bool has_rebooted = false;
    /// Of what ended: that of the last attempt; in broadcast of the last one on the first node
    /// where it did not succeed.
    std::optional<model::Outcome> outcome;
    /// In the order in which they were started.
    std::vector<AttemptRecord> attempts;
};

/// It ended, and not well.
[[nodiscard]] bool has_failed(const JobRecord& job);

/// What has to hold for a job to be told of. An empty member asks for nothing.
struct JobFilter {
    /// Numbers (JobKey) from first to second.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> numbers;
    std::optional<RunId> run;
    std::string queue;
    /// Claimed then or later.
    std::optional<std::int64_t> since_ms;
    /// In its entry or in a rendered command.
    std::string contains;
    /// Some attempt ran there: a pattern of fnmatch(3).
    std::string node;
    std::optional<JobRecord::Stage> stage;
    bool failed = false;
    /// Also jobs that went back into the queue, or on as others.
    bool with_moved = false;
};

class Query {
  public:
    /// `directory` holds a store. Code::invalid_input: it is no store or that of a newer remuda;
    /// one of an older remuda is brought up to date. Code::not_found: there is none.
    [[nodiscard]] static Result<std::unique_ptr<Query>> open(const std::string& directory);
    ~Query();
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;

    /// The newest first.
    [[nodiscard]] Result<std::vector<RunRecord>> runs();
    /// The latest run of this queue that has taken a job.
    [[nodiscard]] Result<std::optional<RunId>> last_run(const std::string& queue);
    enum class Order { oldest_first, newest_first };
    /// Calls `visit` for each job, one after the other, until it returns false. A few hundred are
    /// in memory at a time.
    [[nodiscard]] Result<void> each_job(const JobFilter& filter, Order order,
                                        const std::function<bool(JobRecord&)>& visit);
    /// The last `most` jobs, the oldest first.
    [[nodiscard]] Result<std::vector<JobRecord>> last_jobs(const JobFilter& filter,
                                                           std::size_t most);
    /// One job whole.
    [[nodiscard]] Result<std::optional<JobRecord>> job(JobKey key);
    /// Of a job that was put back by hand: the job as which it, or one like it, was taken again
    /// since, if it was.
    [[nodiscard]] Result<std::optional<JobKey>> taken_again(const JobRecord& job);

  private:
    struct Impl;
    explicit Query(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::history
