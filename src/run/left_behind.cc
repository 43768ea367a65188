// SPDX-License-Identifier: MIT
#include "remuda/run/left_behind.h"

#include "run/job_text.h"

#include <vector>

#include <fmt/core.h>

namespace remuda::run {
namespace {

bool may_have_run(const history::LeftJob& job) {
    return job.was_started || job.has_rebooted;
}

void tell_lost(const history::LeftJob& job,
               const std::function<void(const model::JobLost&)>& lost) {
    for (const history::OpenAttempt& attempt : job.open) {
        lost({attempt.command, attempt.node,
              fmt::format("remuda was killed while it ran (run {})", job.run.value)});
    }
    if (!job.open.empty() || !job.has_rebooted) return;
    const auto parsed = job_of_text(job.text, "");
    lost({parsed ? parsed->command : job.text, "",
          fmt::format("the machine went down when it was to be started (run {})", job.run.value)});
}

}  // namespace

Result<void> settle_left_behind(history::Store& store, queue::Queue& queue,
                                const std::string& queue_path,
                                const std::function<void(const model::JobLost&)>& lost) {
    const auto left = store.left_behind(queue_path);
    if (!left) return left.error();
    std::vector<queue::LeftClaim> claims;
    claims.reserve(left->size());
    for (const history::LeftJob& job : *left) {
        // What was handed out again is not from the file; the next --resume finds it.
        if (!job.is_resumed) claims.push_back({job.text, job.mark, may_have_run(job)});
    }
    if (!claims.empty()) {
        if (auto restored = queue.restore(claims); !restored) return restored;
    }
    using Verdict = history::Store::Verdict;
    for (const history::LeftJob& job : *left) {
        if (job.has_ended) continue;
        store.settle(job, may_have_run(job) ? Verdict::lost : Verdict::back_in_queue);
    }
    if (auto done = store.commit(history::Safety::machine); !done) return done;
    for (const history::LeftJob& job : *left) {
        if (!job.has_ended && may_have_run(job)) tell_lost(job, lost);
    }
    return {};
}

}  // namespace remuda::run
