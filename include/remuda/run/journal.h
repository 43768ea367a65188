// SPDX-License-Identifier: MIT
//
// Journal: writes what happens in a run into the store. As a Ledger it keeps the queue's claims, as
// a Recorder what the driver tells; so one place knows which job is open.
#pragma once

#include "remuda/base/result.h"
#include "remuda/history/log_files.h"
#include "remuda/history/store.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"
#include "remuda/queue/queue.h"
#include "remuda/run/left_behind.h"
#include "remuda/run/recorder.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace remuda::run {

class Journal final : public Recorder, public queue::Ledger {
  public:
    /// Both outlive it. `fleet` may grow, and is asked for the labels of nodes.
    Journal(history::Store& store, const model::Fleet& fleet) : store_(store), fleet_(fleet) {}

    /// Begins the store's run, with all nodes of the fleet. To be called before anything else is.
    [[nodiscard]] Result<history::RunId> begin(const history::RunInfo& info);

    /// Keeps what attempts write; outlives this. Without, none of it is kept.
    void keep_output(history::LogFiles& logs) { logs_ = &logs; }

    /// Takes over what runs of this queue, which are dead now, have left running on hosts that keep
    /// receipts and that have a node of the same label in the fleet, and what they have left to be
    /// tried again. On record when it returns.
    /// Their jobs get the ids, and their attempts the numbers, from 1 on. Right after `begin`;
    /// `queue_path` as in RunInfo.
    [[nodiscard]] Result<std::vector<model::JobResumed>> adopt(const std::string& queue_path);
    /// `adopt` would take it over, with the fleet as it is now.
    [[nodiscard]] bool can_adopt(const history::LeftJob& job) const;
    /// Some later run may: what goes on on a host needs no node here now.
    [[nodiscard]] bool is_to_be_kept(const history::LeftJob& job) const;

    // As a Recorder.
    /// RunEnded ends the store's run: nothing is to be told after it.
    void read(const model::Event& event) override;
    /// After RunEnded: whether the run's end is written; tries again if it is not.
    [[nodiscard]] Result<void> commit() override;

    // As a Ledger. Where another process keeps the store locked the code is Code::timed_out: what
    // is Code::busy the queue tries again at once.
    [[nodiscard]] Result<void> claim(const std::vector<model::Job>& jobs,
                                     const std::vector<std::string>& texts,
                                     const std::string& mark) override;
    void withdraw(model::JobId job) override;
    [[nodiscard]] Result<std::size_t> times_taken(const std::string& text) override;
    void skipped_repeat(const std::string& text) override;
    [[nodiscard]] Result<std::vector<queue::LeftClaim>> left_behind() override;
    [[nodiscard]] Result<void> settle_left_behind() override;
    /// Who knows what killed runs have left; outlives this. Without, nothing is settled.
    void settle_with(LeftBehind& left) { left_ = &left; }

    /// `claim` of a job that a stopped broadcast has left, which is not in the queue file.
    [[nodiscard]] Result<void> claim_again(model::JobId job, const std::string& text,
                                           history::JobKey original);

  private:
    /// A job of which some attempt was asked for and none is known to be the last.
    struct OpenJob {
        int running = 0;
        bool has_ended = false;
    };

    void note_limit(const model::Event& event);
    /// What is known of its output, which has come to its end.
    [[nodiscard]] history::EndFacts end_output(model::AttemptId attempt);
    [[nodiscard]] Result<void> commit_claims();
    /// `has_ended`: the job, too (in broadcast: on that node); it is neither refused nor tried
    /// again.
    void attempt_over(model::AttemptId attempt, bool has_ended);
    void finish(model::JobId job);
    /// Broadcast: all attempts of a job are started before the next one is taken, so that those
    /// that have ended now have ended for good.
    void finish_ended();
    [[nodiscard]] Result<void> end_run();

    history::Store& store_;
    const model::Fleet& fleet_;
    LeftBehind* left_ = nullptr;
    history::LogFiles* logs_ = nullptr;
    history::RunId run_;
    /// Of the jobs that ask for one of their own: bytes of a log.
    std::unordered_map<model::JobId, std::uint64_t> limits_;
    bool is_broadcast_ = false;
    std::unordered_map<model::AttemptId, model::JobId> attempts_;
    std::unordered_map<model::JobId, OpenJob> jobs_;
    bool is_over_ = false;
    bool is_end_written_ = false;
};

}  // namespace remuda::run
