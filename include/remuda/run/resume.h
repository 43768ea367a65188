// SPDX-License-Identifier: MIT
//
// `remuda b --resume`: a stopped broadcast goes on. First each of its jobs runs on the nodes that
// are behind in it, then the queue is worked off as usual.
//
//     LeftOver left = ...;                            // find_left_over
//     Journal journal(store, fleet);
//     journal.begin({..., .resumes = left.run});
//     ResumedJobs jobs(journal, std::move(left));
//     Queue queue(path, {.ledger = &jobs, ...});      // not the journal: job ids are shifted
//     auto rest = make_source(queue);
//     jobs.then(*rest);                               // and `jobs` is the driver's JobSource
#pragma once

#include "remuda/base/result.h"
#include "remuda/history/store.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"
#include "remuda/model/job.h"
#include "remuda/queue/queue.h"
#include "remuda/run/job_source.h"
#include "remuda/run/journal.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace remuda::run {

/// What a stopped broadcast has left to do.
struct LeftOver {
    struct Item {
        history::JobKey key;
        /// In canonical form.
        std::string text;
        /// Without id; `only` names the nodes that are behind.
        model::Job job;
    };
    /// Absent: there is no stopped broadcast.
    std::optional<history::RunId> run;
    /// In the order in which the jobs were taken. May be empty although there is a run: what is
    /// left may have run already, or be for nodes that are gone.
    std::vector<Item> items;
    /// What is on record as lost and is not done again. Its `job` is the id that ResumedJobs gives.
    std::vector<model::JobLost> lost;

    /// The ids that ResumedJobs gives.
    [[nodiscard]] std::map<history::JobKey, model::JobId> ids() const;
};

struct ResumeSettings {
    /// Attempts that were lost are done again.
    bool allows_repeats = false;
    /// Told of what else is not done again although it is not known to be done, and why.
    std::function<void(const std::string&)> note;
};

/// What the latest stopped broadcast of this queue (Store::stopped_broadcast) has left to do on the
/// nodes of `fleet`, which are known by their labels. Nodes that are new do not catch up.
/// `queue_path` as in RunInfo. Whoever settles what was left behind (settle_left_behind) does that
/// before.
[[nodiscard]] Result<LeftOver> find_left_over(history::Store& store, const std::string& queue_path,
                                              const model::Fleet& fleet,
                                              const ResumeSettings& settings);

/// Hands out what is left over, in order, and then the jobs of the queue. With nothing left over it
/// changes nothing.
class ResumedJobs final : public JobSource, public queue::Ledger {
  public:
    /// `journal` outlives it.
    /// `adopted`: how many jobs Journal::adopt gave; they have the first ids.
    ResumedJobs(Journal& journal, LeftOver left_over, std::size_t adopted = 0);
    /// What follows; outlives this. To be called before jobs are taken.
    void then(JobSource& rest) { rest_ = &rest; }

    // As a JobSource.
    [[nodiscard]] Result<queue::TakeResult> take(const queue::Admit& admit, bool is_burst) override;
    /// A job that was left over stays left over: it does not go to the queue file.
    [[nodiscard]] Result<void> put_back(const model::Job& job) override;
    [[nodiscard]] Result<void> tidy(bool is_pause) override { return rest_->tidy(is_pause); }
    [[nodiscard]] bool has_changed() const override { return rest_->has_changed(); }
    void recheck() override { rest_->recheck(); }

    // As the queue's Ledger.
    [[nodiscard]] Result<void> claim(const std::vector<model::Job>& jobs,
                                     const std::vector<std::string>& texts,
                                     const std::string& mark) override;
    void withdraw(model::JobId job) override { journal_.withdraw(shifted(job)); }
    [[nodiscard]] Result<std::size_t> times_taken(const std::string& text) override {
        return journal_.times_taken(text);
    }
    void skipped_repeat(const std::string& text) override { journal_.skipped_repeat(text); }
    [[nodiscard]] Result<std::vector<queue::LeftClaim>> left_behind() override {
        return journal_.left_behind();
    }
    [[nodiscard]] Result<void> settle_left_behind() override {
        return journal_.settle_left_behind();
    }

  private:
    /// The queue counts its jobs from 1, like us; ours come first.
    [[nodiscard]] model::JobId shifted(model::JobId job) const { return {job.value + own_jobs_}; }
    [[nodiscard]] Result<queue::TakeResult> take_own(const queue::Admit& admit);

    // Set once.
    Journal& journal_;
    JobSource* rest_ = nullptr;
    /// Ids up to this one are of jobs that were left over, or adopted.
    std::uint64_t own_jobs_ = 0;

    std::deque<LeftOver::Item> items_;
    /// Handed out, so that they can be put back; the last one only, since a broadcast has one job
    /// at a time.
    std::optional<LeftOver::Item> handed_out_;
};

}  // namespace remuda::run
