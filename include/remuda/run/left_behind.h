// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "remuda/history/store.h"
#include "remuda/model/event.h"
#include "remuda/queue/queue.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace remuda::run {

/// What killed runs of one queue have left: jobs that were not started go back into the queue file,
/// the others are recorded as lost. In two steps, as a queue::Ledger is asked for them, both under
/// the queue's lock.
///
/// If the machine was started anew since, records of starts may be missing: then a job that was
/// claimed counts as one that may have run.
class LeftBehind {
  public:
    /// `store` outlives it. `queue_path`: real path of the queue file, as in RunInfo. `lost` is
    /// told of each attempt of which nothing is known, once, before that is written: it shows it
    /// before it returns, so that it is not lost if this process is killed too. The next one tells
    /// it again then. Whatever else was told to the store is committed before.
    LeftBehind(history::Store& store, std::string queue_path,
               std::function<void(const model::JobLost&)> lost);

    /// Jobs that go on on hosts that keep receipts, or are to be tried again, are neither told of
    /// nor settled, so that a later run can go on with them (Journal::adopt). Here: only those of
    /// which `keeps` says so; `noted` is told once of each.
    void keep_if(std::function<bool(const history::LeftJob&)> keeps,
                 std::function<void(const history::LeftJob&)> noted);

    /// This run goes on with these jobs of a stopped broadcast, under these ids.
    void go_on_with(std::map<history::JobKey, model::JobId> jobs) { going_on_ = std::move(jobs); }

    [[nodiscard]] Result<std::vector<queue::LeftClaim>> claims();
    /// Records what became of what `claims` gave; durable when it returns.
    [[nodiscard]] Result<void> settle();

  private:
    [[nodiscard]] Result<void> tell_lost();
    [[nodiscard]] bool is_kept(const history::LeftJob& job) const;

    history::Store& store_;
    std::string queue_path_;
    std::function<void(const model::JobLost&)> lost_;
    std::function<bool(const history::LeftJob&)> keeps_;
    std::function<void(const history::LeftJob&)> noted_;
    std::set<history::JobKey> kept_;
    std::vector<history::LeftJob> jobs_;
    /// Told of as lost; written or to be written.
    std::set<history::JobKey> told_;
    std::map<history::JobKey, model::JobId> going_on_;
};

}  // namespace remuda::run
