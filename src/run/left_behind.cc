// SPDX-License-Identifier: MIT
#include "remuda/run/left_behind.h"

#include "run/job_text.h"

#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace remuda::run {
namespace {

bool may_have_run(const history::LeftJob& job) {
    return job.was_started || job.has_rebooted;
}

// Somebody cancelled it before it was started.
bool is_dropped(const history::LeftJob& job) {
    return job.is_unwanted && !may_have_run(job);
}

void tell_lost_job(const history::LeftJob& job, std::optional<model::JobId> goes_on_as,
                   const std::function<void(const model::JobLost&)>& lost) {
    for (const history::OpenAttempt& attempt : job.open) {
        lost({attempt.command, attempt.node,
              fmt::format("remuda was killed while it ran (run {}){}", job.run.value,
                          job.has_rebooted ? "" : "; it may still be running"),
              goes_on_as, job.key.value});
    }
    if (job.is_owed_a_try()) {
        lost({job.last_end().command, job.last_end().node,
              fmt::format("remuda was killed before it was tried again (run {}); its last attempt: "
                          "{}",
                          job.run.value, model::describe(job.last_end().outcome)),
              goes_on_as, job.key.value});
    }
    if (!job.open.empty() || !job.has_rebooted) return;
    const auto parsed = job_of_text(job.text, "");
    lost({parsed ? parsed->command : job.text, "",
          fmt::format("the machine went down when it was to be started (run {})", job.run.value),
          goes_on_as, job.key.value});
}

}  // namespace

LeftBehind::LeftBehind(history::Store& store, std::string queue_path,
                       std::function<void(const model::JobLost&)> lost)
    : store_(store), queue_path_(std::move(queue_path)), lost_(std::move(lost)) {}

void LeftBehind::keep_if(std::function<bool(const history::LeftJob&)> keeps,
                         std::function<void(const history::LeftJob&)> noted) {
    keeps_ = std::move(keeps);
    noted_ = std::move(noted);
}

bool LeftBehind::is_kept(const history::LeftJob& job) const {
    return (job.goes_on() || job.is_owed_a_try()) && (!keeps_ || keeps_(job));
}

Result<std::vector<queue::LeftClaim>> LeftBehind::claims() {
    auto left = store_.left_behind(queue_path_);
    if (!left) return left.error();
    jobs_ = std::move(*left);
    std::vector<queue::LeftClaim> claims;
    claims.reserve(jobs_.size());
    for (const history::LeftJob& job : jobs_) {
        // What was handed out again is not from the file; the next --resume finds it.
        if (!job.resumes || job.was_adopted)
            claims.push_back({job.text, job.mark, may_have_run(job) || is_dropped(job)});
    }
    return claims;
}

Result<void> LeftBehind::settle() {
    if (auto told = tell_lost(); !told) return told;
    using Verdict = history::Store::Verdict;
    for (const history::LeftJob& job : jobs_) {
        if (job.has_ended) continue;
        if (is_kept(job)) {
            if (kept_.insert(job.key).second && noted_) noted_(job);
            continue;
        }
        const Verdict unstarted = is_dropped(job) ? Verdict::dropped : Verdict::back_in_queue;
        store_.settle(job, may_have_run(job) ? Verdict::lost : unstarted);
    }
    if (auto done = store_.commit(history::Safety::machine); !done) return done;
    jobs_.clear();
    return {};
}

// First, since nobody tells of them again once that is written. Killed in between we tell twice.
Result<void> LeftBehind::tell_lost() {
    bool is_first = true;
    for (const history::LeftJob& job : jobs_) {
        if (job.has_ended || !may_have_run(job) || told_.contains(job.key) || is_kept(job))
            continue;
        // What is shown along with it has to be on record.
        if (std::exchange(is_first, false)) {
            if (auto done = store_.commit(history::Safety::process); !done) return done;
        }
        const auto going_on = going_on_.find(job.resumes.value_or(job.key));
        tell_lost_job(job,
                      going_on == going_on_.end() ? std::nullopt : std::optional(going_on->second),
                      lost_);
        told_.insert(job.key);
    }
    return {};
}

}  // namespace remuda::run
