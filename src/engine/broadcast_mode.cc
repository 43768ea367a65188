// SPDX-License-Identifier: MIT
//
// Broadcast mode: each job on every node that is up, in step. The first job is taken when every
// node is up or down, the next one when all attempts of the one before have ended. A job that names
// its nodes (Job::only) runs on those alone.
#include "engine/policy.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/core.h>

namespace remuda::engine {

using model::Job;
using model::NodeId;
using NodeState = Placement::NodeState;

namespace {

class BroadcastMode final : public Policy {
  public:
    void job_taken(Job job) override { job_ = std::move(job); }
    void attempt_refused(Attempt attempt, const std::string& reason) override {
        refused_.push_back({std::move(attempt), reason});
    }
    void advance(Core& core) override;
    [[nodiscard]] Fit fit(Core& core, const model::Needs& needs) const override;
    [[nodiscard]] bool has_pending() const override { return job_.has_value(); }

  private:
    struct Refused {
        Attempt attempt;
        std::string reason;
    };

    static void start_everywhere(Core& core, const Job& job);

    /// Taken and not yet started.
    std::optional<Job> job_;
    std::vector<Refused> refused_;
};

void BroadcastMode::advance(Core& core) {
    for (Refused& refused : std::exchange(refused_, {})) {
        core.skip(std::move(refused.attempt.job), refused.attempt.node, std::move(refused.reason));
    }
    if (job_) {
        Job job = std::move(*job_);
        job_.reset();
        if (core.is_closed() || core.placement().count(NodeState::up) == 0) {
            core.put_back(std::move(job));
        } else {
            start_everywhere(core, job);
        }
    }
    const bool is_settled = core.placement().count(NodeState::coming) == 0;
    if (is_settled && core.running() == 0 && core.may_take()) core.take();
}

void BroadcastMode::start_everywhere(Core& core, const Job& job) {
    const Placement& placement = core.placement();
    for (std::size_t index = 0; index < placement.size(); ++index) {
        const NodeId node{index};
        const bool is_up = placement.state(node) == NodeState::up;
        if (job.only.empty()) {
            if (!is_up) continue;
        } else {
            if (std::ranges::find(job.only, node) == job.only.end()) continue;
            if (!is_up) {
                // It was asked for by name, so its absence is told.
                core.skip(job, node, "the node is down");
                continue;
            }
        }
        if (can_hold(placement.capacity(node), job.needs)) {
            core.start(job, node);
        } else {
            core.skip(job, node,
                      fmt::format("it needs {} slots, the node has {}", job.needs.slots,
                                  placement.capacity(node)));
        }
    }
}

Fit BroadcastMode::fit(Core& core, const model::Needs& needs) const {
    if (core.is_closed() || core.is_fleet_down()) return Fit::later;
    if (!core.can_ever_hold(needs)) return Fit::never;
    const bool is_free = core.running() == 0 && !job_;
    return is_free && core.placement().holders(needs, NodeState::up) > 0 ? Fit::now : Fit::later;
}

}  // namespace

std::unique_ptr<Policy> make_broadcast_mode() {
    return std::make_unique<BroadcastMode>();
}

}  // namespace remuda::engine
