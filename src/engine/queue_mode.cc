// SPDX-License-Identifier: MIT
//
// Queue mode: each job once, on the next node with room, in order.
//
// A job that was taken and does not run (a node refused it, or went down before it could start) is
// pending. Pending jobs are the front of the queue: nothing is taken before the last of them
// started.
//
// A job that failed and is to be tried again waits for its time, and then for room on another host
// than those where it failed, as long as there is one that could hold it. Meanwhile others are
// taken, unless it needs several slots: those would never become free together.
#include "engine/policy.h"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

namespace remuda::engine {

using model::Job;
using model::JobId;
using model::NodeId;
using NodeState = Placement::NodeState;

namespace {

/// After so many refusals a job is given up: it is likely the job that is at fault, not the nodes.
constexpr std::size_t kMostRefusals = 3;
/// Jobs to be tried again that are looked at for each event; the next ones come at the next.
constexpr std::size_t kMostLookedAt = 8;

// Why a job is not tried again.
constexpr const char* kStopped = "the run is to stop";
constexpr const char* kCancelled = "it was cancelled";
constexpr const char* kNoNode = "no node is left";

class QueueMode final : public Policy {
  public:
    void job_taken(Job job) override;
    void retry_planned(Core& core, Retrying retrying, Duration delay) override;
    void retry_due(std::uint64_t key) override;
    void job_cancelled(Core& core, JobId job) override;
    void attempt_refused(Attempt attempt, const std::string& reason) override;
    void advance(Core& core) override;
    [[nodiscard]] Fit fit(Core& core, const model::Needs& needs) const override;
    [[nodiscard]] std::size_t room(const Core& core, const model::Needs& needs) const override;
    [[nodiscard]] bool has_pending() const override {
        return !pending_.empty() || !waiting_.empty() || !due_.empty();
    }

  private:
    /// The nodes that refused a job, the last one last, and why the last one did.
    struct Refusals {
        std::vector<NodeId> nodes;
        std::string reason;
    };
    struct Pending {
        Job job;
        Refusals refusals;
        /// Null if no attempt was made yet.
        PastPtr past = nullptr;
    };
    struct Delayed {
        Retrying retrying;
        model::WaitId wait;
    };

    [[nodiscard]] bool holds_takes() const { return !pending_.empty() || due_wide_ > 0; }
    void drop_retries(Core& core, const std::string& reason);
    void start_retries(Core& core);
    [[nodiscard]] static std::optional<NodeId> choose_other_host(Core& core,
                                                                 const Retrying& retrying);

    void start_pending(Core& core);
    /// Tried before, it ends as its last try did; otherwise it never started.
    static void give_up(Core& core, Pending pending, const std::string& why_dropped,
                        const std::string& why_skipped);
    void put_back_pending(Core& core);
    [[nodiscard]] static std::optional<NodeId> choose_node(Core& core, const Pending& pending);

    /// In the order in which they were taken.
    std::map<JobId, Pending> pending_;
    /// To be tried again: not yet; as soon as there is room.
    std::map<std::uint64_t, Delayed> waiting_;
    std::deque<Retrying> due_;
    /// Of those that are due: need several slots.
    std::size_t due_wide_ = 0;
    /// Of running jobs that were refused before.
    std::map<JobId, Refusals> refused_before_;
};

void QueueMode::job_taken(Job job) {
    const JobId id = job.id;
    pending_.emplace(id, Pending{std::move(job), {}});
}

void QueueMode::attempt_refused(Attempt attempt, const std::string& reason) {
    const JobId id = attempt.job.id;
    Refusals refusals;
    if (auto before = refused_before_.extract(id)) refusals = std::move(before.mapped());
    refusals.nodes.push_back(attempt.node);
    refusals.reason = reason;
    pending_.emplace(id,
                     Pending{std::move(attempt.job), std::move(refusals), std::move(attempt.past)});
}

void QueueMode::retry_planned(Core& core, Retrying retrying, Duration delay) {
    const std::uint64_t key = retrying.job.id.value;
    const model::WaitId wait = core.wait(delay, WaitingRetry{key});
    waiting_.emplace(key, Delayed{std::move(retrying), wait});
}

void QueueMode::retry_due(std::uint64_t key) {
    auto delayed = waiting_.extract(key);
    if (!delayed) return;
    if (delayed.mapped().retrying.job.needs.slots > 1) ++due_wide_;
    due_.push_back(std::move(delayed.mapped().retrying));
}

void QueueMode::job_cancelled(Core& core, JobId job) {
    if (const auto delayed = waiting_.extract(job.value)) {
        core.end_wait(delayed.mapped().wait);
        core.drop(delayed.mapped().retrying, kCancelled);
        return;
    }
    const auto at = std::ranges::find_if(due_, [&](const auto& due) { return due.job.id == job; });
    if (at != due_.end()) {
        const Retrying retrying = std::move(*at);
        due_.erase(at);
        if (retrying.job.needs.slots > 1) --due_wide_;
        core.drop(retrying, kCancelled);
        return;
    }
    if (auto found = pending_.extract(job)) {
        give_up(core, std::move(found.mapped()), kCancelled, kCancelled);
    }
}

void QueueMode::advance(Core& core) {
    const bool is_over = core.is_closed() || (core.is_fleet_down() && !core.is_endless());
    if (is_over) drop_retries(core, core.is_closed() ? kStopped : kNoNode);
    if (core.is_closed() || core.is_fleet_down()) put_back_pending(core);
    start_retries(core);
    start_pending(core);
    if (!holds_takes() && core.may_take()) core.take();
}

void QueueMode::drop_retries(Core& core, const std::string& reason) {
    for (const auto& [key, delayed] : std::exchange(waiting_, {})) {
        core.end_wait(delayed.wait);
        core.drop(delayed.retrying, reason);
    }
    for (const Retrying& retrying : std::exchange(due_, {}))
        core.drop(retrying, reason);
    due_wide_ = 0;
}

void QueueMode::start_retries(Core& core) {
    std::size_t left = std::min(due_.size(), kMostLookedAt);
    for (; left > 0 && core.placement().has_room() && !core.is_closed(); --left) {
        Retrying retrying = std::move(due_.front());
        due_.pop_front();
        const bool is_wide = retrying.job.needs.slots > 1;
        if (!core.can_ever_hold(retrying.job.needs)) {
            core.drop(retrying, "no node is left that could hold it");
        } else if (const auto node = choose_other_host(core, retrying)) {
            core.start(std::move(retrying.job), *node, std::move(retrying.past));
        } else {
            due_.push_back(std::move(retrying));
            continue;
        }
        if (is_wide) --due_wide_;
    }
}

std::optional<NodeId> QueueMode::choose_other_host(Core& core, const Retrying& retrying) {
    Placement& placement = core.placement();
    const model::Needs& needs = retrying.job.needs;
    const std::vector<model::HostId>& failed_on = retrying.past->hosts;
    // At least on another one than last time.
    for (const auto& avoid : {failed_on, std::vector{failed_on.back()}}) {
        if (const auto node = placement.next_elsewhere(needs, avoid)) return node;
        if (placement.has_holder_elsewhere(needs, avoid)) return std::nullopt;
    }
    return placement.next(needs, {});
}

void QueueMode::start_pending(Core& core) {
    while (!pending_.empty()) {
        const auto first = pending_.begin();
        Pending& pending = first->second;
        if (pending.refusals.nodes.size() >= kMostRefusals) {
            const std::string reason = pending.refusals.reason;
            give_up(core, std::move(pending), "refused: " + reason, reason);
            pending_.erase(first);
            // That may be what a limit of failures waited for.
            if (core.is_closed()) return put_back_pending(core);
            continue;
        }
        if (!core.can_ever_hold(pending.job.needs)) {
            // The nodes that were big enough are gone. Back in the queue it is heard of as too big.
            put_back_pending(core);
            return;
        }
        const std::optional<NodeId> node = choose_node(core, pending);
        if (!node) return;
        if (!pending.refusals.nodes.empty()) {
            refused_before_.insert_or_assign(first->first, std::move(pending.refusals));
        }
        core.start(std::move(pending.job), *node, std::move(pending.past));
        pending_.erase(first);
    }
}

void QueueMode::give_up(Core& core, Pending pending, const std::string& why_dropped,
                        const std::string& why_skipped) {
    if (pending.past) {
        core.drop({std::move(pending.job), std::move(pending.past)}, why_dropped);
        return;
    }
    // One that no node has refused has none yet: the first stands for it.
    const std::vector<NodeId>& nodes = pending.refusals.nodes;
    core.skip(std::move(pending.job), nodes.empty() ? NodeId{0} : nodes.back(), why_skipped);
}

void QueueMode::put_back_pending(Core& core) {
    // Each goes to the head of the file, so the first one goes last.
    const std::string why = core.is_closed() ? kStopped : kNoNode;
    std::map<JobId, Pending> pending = std::exchange(pending_, {});
    for (auto at = pending.rbegin(); at != pending.rend(); ++at) {
        if (at->second.past) {
            core.drop({std::move(at->second.job), std::move(at->second.past)}, why);
        } else {
            core.put_back(std::move(at->second.job));
        }
    }
}

std::optional<NodeId> QueueMode::choose_node(Core& core, const Pending& pending) {
    const std::vector<NodeId>& refusers = pending.refusals.nodes;
    Placement& placement = core.placement();
    std::optional<NodeId> node = placement.next(pending.job.needs, refusers);
    if (node || refusers.empty()) return node;
    // Only those that refused it have room. It waits for another one that is up, since a node that
    // refuses would use up all its tries at once; without another one it tries the same again.
    std::vector<NodeId> distinct = refusers;
    std::ranges::sort(distinct);
    distinct.erase(std::ranges::unique(distinct).begin(), distinct.end());
    const auto able_refusers = std::ranges::count_if(distinct, [&](NodeId refuser) {
        return placement.state(refuser) == NodeState::up &&
               can_hold(placement.capacity(refuser), pending.job.needs);
    });
    const std::size_t able = placement.holders(pending.job.needs, NodeState::up);
    if (able > static_cast<std::size_t>(able_refusers)) return std::nullopt;
    return placement.next(pending.job.needs, {});
}

Fit QueueMode::fit(Core& core, const model::Needs& needs) const {
    if (core.is_closed() || core.is_fleet_down() || holds_takes()) return Fit::later;
    if (core.placement().next(needs, {})) return Fit::now;
    return core.can_ever_hold(needs) ? Fit::later : Fit::never;
}

std::size_t QueueMode::room(const Core& core, const model::Needs& needs) const {
    // What several larger jobs would leave free for the next is not worth working out.
    return needs.slots == 1 ? core.placement().free_slots() : 1;
}

}  // namespace

std::unique_ptr<Policy> make_queue_mode() {
    return std::make_unique<QueueMode>();
}

}  // namespace remuda::engine
