// SPDX-License-Identifier: MIT
//
// Queue mode: each job once, on the next node with room, in order.
//
// A job that was taken and does not run (a node refused it, or went down before it could start) is
// pending. Pending jobs are the front of the queue: nothing is taken before the last of them
// started.
#include "engine/policy.h"

#include <algorithm>
#include <map>
#include <utility>

namespace remuda::engine {

using model::Job;
using model::JobId;
using model::NodeId;
using NodeState = Placement::NodeState;

namespace {

/// After so many refusals a job is given up: it is likely the job that is at fault, not the nodes.
constexpr std::size_t kMostRefusals = 3;

class QueueMode final : public Policy {
  public:
    void job_taken(Job job) override;
    void attempt_refused(Attempt attempt, const std::string& reason) override;
    void advance(Core& core) override;
    [[nodiscard]] Fit fit(Core& core, const model::Needs& needs) const override;
    [[nodiscard]] std::size_t room(const Core& core, const model::Needs& needs) const override;
    [[nodiscard]] bool has_pending() const override { return !pending_.empty(); }

  private:
    /// The nodes that refused a job, the last one last, and why the last one did.
    struct Refusals {
        std::vector<NodeId> nodes;
        std::string reason;
    };
    struct Pending {
        Job job;
        Refusals refusals;
    };

    void start_pending(Core& core);
    void put_back_pending(Core& core);
    [[nodiscard]] static std::optional<NodeId> choose_node(Core& core, const Pending& pending);

    /// In the order in which they were taken.
    std::map<JobId, Pending> pending_;
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
    pending_.emplace(id, Pending{std::move(attempt.job), std::move(refusals)});
}

void QueueMode::advance(Core& core) {
    if (core.is_closed() || core.is_fleet_down()) put_back_pending(core);
    start_pending(core);
    if (pending_.empty() && core.may_take()) core.take();
}

void QueueMode::start_pending(Core& core) {
    while (!pending_.empty()) {
        const auto first = pending_.begin();
        Pending& pending = first->second;
        if (pending.refusals.nodes.size() >= kMostRefusals) {
            core.skip(std::move(pending.job), pending.refusals.nodes.back(),
                      std::move(pending.refusals.reason));
            pending_.erase(first);
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
        core.start(std::move(pending.job), *node);
        pending_.erase(first);
    }
}

void QueueMode::put_back_pending(Core& core) {
    // Each goes to the head of the file, so the first one goes last.
    for (auto at = pending_.rbegin(); at != pending_.rend(); ++at) {
        core.put_back(std::move(at->second.job));
    }
    pending_.clear();
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
    if (core.is_closed() || core.is_fleet_down() || !pending_.empty()) return Fit::later;
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
