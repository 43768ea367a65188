// SPDX-License-Identifier: MIT
#include "remuda/engine/engine.h"

#include "engine/policy.h"
#include "remuda/base/check.h"

#include <utility>
#include <variant>

namespace remuda::engine {

using model::Action;

struct Engine::State {
    explicit State(const Settings& settings)
        : core(settings),
          policy(settings.mode == Settings::Mode::queue ? make_queue_mode()
                                                        : make_broadcast_mode()) {}

    Core core;
    std::unique_ptr<Policy> policy;

    std::vector<Action> advance() {
        policy->advance(core);
        const bool is_idle = core.running() == 0 && !core.is_taking() && !policy->has_pending();
        const bool is_over = core.is_leaving_at_once() || (is_idle && core.is_exhausted());
        if (is_over && !core.is_finished()) core.finish();
        return core.drain();
    }

    void see(const model::NodeUp& up) {
        core.node_up(up.node);
        policy->node_settled(up.node);
    }
    void see(const model::NodeDown& down) {
        core.node_down(down.node);
        policy->node_settled(down.node);
    }
    void see(const model::NodeAdded& added) {
        core.node_added({added.node, added.host, added.slots});
    }
    void see(const model::NodeRetired& retired) {
        core.node_retired(retired.node);
        policy->node_settled(retired.node);
    }
    void see(const model::JobLost&) {}
    void see(const model::JobResumed& resumed) {
        core.resume(resumed.job, resumed.node, resumed.slots);
    }
    void see(const model::JobTaken& taken) {
        core.take_answered();
        policy->job_taken(taken.job);
    }
    void see(const model::JobTooBig&) {
        core.take_answered();
        core.job_failed();
    }
    void see(const model::QueueEmpty&) {
        core.take_answered();
        core.queue_empty();
    }
    void see(const model::HeadDoesNotFit&) {
        core.take_answered();
        core.head_waits();
    }
    void see(const model::QueueChanged&) { core.queue_changed(); }
    void see(const model::QueueFailed&) {
        core.take_answered();
        core.queue_failed();
    }
    void see(const model::AttemptStarted& started) { core.attempt_started(started.attempt); }
    void see(const model::AttemptEnded& ended) {
        (void)core.attempt_ended(ended.attempt);
        if (!model::is_success(ended.outcome)) core.job_failed();
    }
    void see(const model::AttemptRefused& refused) {
        policy->attempt_refused(core.attempt_ended(refused.attempt), refused.reason);
    }
    void see(const model::AttemptLeft& left) {
        (void)core.attempt_ended(left.attempt);
        core.job_failed();
    }
    void see(const model::StopAsked& asked) { core.stop(asked.grade); }
    void see(const model::OutputArrived&) {}
    void see(const model::RunEnded&) {}
};

Engine::Engine(const Settings& settings) : state_(std::make_unique<State>(settings)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

std::vector<Action> Engine::begin() {
    return state_->advance();
}

std::vector<Action> Engine::on(const model::Event& event) {
    // The most frequent event by far, and of no use here.
    if (std::holds_alternative<model::OutputArrived>(event)) return {};
    std::visit([this](const auto& happened) { state_->see(happened); }, event);
    return state_->advance();
}

Fit Engine::fit(const model::Needs& needs) const {
    return state_->policy->fit(state_->core, needs);
}

std::size_t Engine::room(const model::Needs& needs) const {
    return state_->policy->room(state_->core, needs);
}

bool Engine::wants_jobs() const {
    const Core& core = state_->core;
    return !core.is_closed() && !core.is_fleet_down() && !core.has_queue_failed() &&
           !core.is_finished();
}

std::size_t Engine::running() const {
    return state_->core.running();
}

bool Engine::is_finished() const {
    return state_->core.is_finished();
}

void Engine::sanity_check() const {
    state_->core.sanity_check();
}

}  // namespace remuda::engine
