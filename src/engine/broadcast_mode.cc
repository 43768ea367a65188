// SPDX-License-Identifier: MIT
//
// Broadcast mode: each job on every node, in step. The first job is taken when a node is up; one
// that is still coming gets it when it is up, so that a host that is slow to answer holds up nobody
// else. The next job is taken when all attempts of the one before have ended and nobody waits for
// it any more. A node that was down when a job began joins at the next. A job that names its nodes
// (Job::only) runs on those alone. A node on which it failed tries it again before the next one.
#include "engine/policy.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace remuda::engine {

using model::Job;
using model::NodeId;
using NodeState = Placement::NodeState;

namespace {

// Why a job is not tried again.
constexpr const char* kStopped = "the run is to stop";
constexpr const char* kCancelled = "it was cancelled";

class BroadcastMode final : public Policy {
  public:
    void job_taken(Job job) override { step_.emplace(std::move(job)); }
    void retry_planned(Core& core, Retrying retrying, Duration delay) override;
    void retry_due(std::uint64_t key) override;
    void job_cancelled(Core& core, model::JobId job) override;
    void attempt_refused(Attempt attempt, const std::string& reason) override {
        refused_.push_back({std::move(attempt), reason});
    }
    void node_settled(NodeId node) override;
    void advance(Core& core) override;
    [[nodiscard]] Fit fit(Core& core, const model::Needs& needs) const override;
    [[nodiscard]] bool has_pending() const override {
        return step_.has_value() || !waiting_.empty() || !due_.empty();
    }

  private:
    struct Refused {
        Attempt attempt;
        std::string reason;
    };
    /// A job that not all nodes have got yet.
    struct Step {
        explicit Step(Job taken) : job(std::move(taken)) {}
        Job job;
        bool has_begun = false;
        /// Some node has it, or was told why not.
        bool is_given = false;
        /// Nodes that are coming.
        std::unordered_set<NodeId> awaited;
        /// Those of them that are up or down by now, in the order in which they came.
        std::vector<NodeId> settled;
    };

    static void begin(Core& core, Step& step);
    /// False: it is over.
    static bool goes_on(Core& core, Step& step);
    static void give(Core& core, Step& step, NodeId node);
    void drop_retries(Core& core, const std::string& reason);
    void start_retries(Core& core);

    std::optional<Step> step_;
    std::vector<Refused> refused_;
    struct Delayed {
        Retrying retrying;
        model::WaitId wait;
    };
    /// By the number of the node.
    std::map<std::uint64_t, Delayed> waiting_;
    std::vector<Retrying> due_;
};

void BroadcastMode::node_settled(NodeId node) {
    if (step_ && step_->awaited.erase(node) > 0) step_->settled.push_back(node);
}

void BroadcastMode::advance(Core& core) {
    for (Refused& refused : std::exchange(refused_, {})) {
        Attempt& attempt = refused.attempt;
        if (attempt.past) {
            core.drop({std::move(attempt.job), std::move(attempt.past)},
                      "refused: " + refused.reason);
        } else {
            core.skip(std::move(attempt.job), attempt.node, std::move(refused.reason));
        }
    }
    if (core.is_closed()) drop_retries(core, kStopped);
    start_retries(core);
    if (step_ && !step_->has_begun) begin(core, *step_);
    if (step_ && !goes_on(core, *step_)) step_.reset();
    const Placement& placement = core.placement();
    const bool is_ready =
        placement.count(NodeState::up) > 0 || placement.count(NodeState::coming) == 0;
    if (!has_pending() && is_ready && core.running() == 0 && core.may_take()) core.take();
}

void BroadcastMode::retry_planned(Core& core, Retrying retrying, Duration delay) {
    const std::uint64_t key = retrying.past->node.value;
    const model::WaitId wait = core.wait(delay, WaitingRetry{key});
    waiting_.emplace(key, Delayed{std::move(retrying), wait});
}

void BroadcastMode::retry_due(std::uint64_t key) {
    auto delayed = waiting_.extract(key);
    if (delayed) due_.push_back(std::move(delayed.mapped().retrying));
}

// One command is under way at a time, so all that wait are of it.
void BroadcastMode::job_cancelled(Core& core, model::JobId job) {
    const bool is_waiting =
        std::ranges::any_of(waiting_,
                            [&](const auto& at) { return at.second.retrying.job.id == job; }) ||
        std::ranges::any_of(due_, [&](const Retrying& due) { return due.job.id == job; });
    if (is_waiting) drop_retries(core, kCancelled);
    if (!step_ || step_->job.id != job) return;
    // Nodes that are coming do not get it. If none has it, the first stands for them.
    if (!step_->is_given) core.skip(std::move(step_->job), NodeId{0}, kCancelled);
    step_.reset();
}

void BroadcastMode::drop_retries(Core& core, const std::string& reason) {
    for (const auto& [key, delayed] : std::exchange(waiting_, {})) {
        core.end_wait(delayed.wait);
        core.drop(delayed.retrying, reason);
    }
    for (const Retrying& retrying : std::exchange(due_, {}))
        core.drop(retrying, reason);
}

void BroadcastMode::start_retries(Core& core) {
    for (Retrying& retrying : std::exchange(due_, {})) {
        const NodeId node = retrying.past->node;
        if (core.is_closed()) {
            core.drop(retrying, kStopped);
        } else if (core.placement().state(node) != NodeState::up) {
            core.drop(retrying, "the node is down");
        } else {
            core.start(std::move(retrying.job), node, std::move(retrying.past));
        }
    }
}

void BroadcastMode::begin(Core& core, Step& step) {
    const Placement& placement = core.placement();
    step.has_begun = true;
    if (core.is_closed() || core.is_fleet_down()) return;
    const Job& job = step.job;
    for (std::size_t index = 0; index < placement.size(); ++index) {
        const NodeId node{index};
        if (!job.only.empty() && std::ranges::find(job.only, node) == job.only.end()) continue;
        if (placement.state(node) == NodeState::coming) {
            step.awaited.insert(node);
        } else {
            give(core, step, node);
        }
    }
}

bool BroadcastMode::goes_on(Core& core, Step& step) {
    for (const NodeId node : std::exchange(step.settled, {})) {
        if (!core.is_closed()) give(core, step, node);
    }
    if (!step.awaited.empty() && !core.is_closed()) return true;
    if (!step.is_given) core.put_back(std::move(step.job));
    return false;
}

void BroadcastMode::give(Core& core, Step& step, NodeId node) {
    const Job& job = step.job;
    const Placement& placement = core.placement();
    const bool is_up = placement.state(node) == NodeState::up;
    // Where it was asked for by name, its absence is told.
    if (!is_up && job.only.empty()) return;
    step.is_given = true;
    if (!is_up) {
        core.skip(job, node, "the node is down");
    } else if (can_hold(placement.capacity(node), job.needs)) {
        core.start(job, node);
    } else {
        core.skip(job, node,
                  fmt::format("it needs {} slots, the node has {}", job.needs.slots,
                              placement.capacity(node)));
    }
}

Fit BroadcastMode::fit(Core& core, const model::Needs& needs) const {
    if (core.is_closed() || core.is_fleet_down()) return Fit::later;
    if (!core.can_ever_hold(needs)) return Fit::never;
    const bool is_free = core.running() == 0 && !has_pending();
    return is_free && core.placement().holders(needs, NodeState::up) > 0 ? Fit::now : Fit::later;
}

}  // namespace

std::unique_ptr<Policy> make_broadcast_mode() {
    return std::make_unique<BroadcastMode>();
}

}  // namespace remuda::engine
