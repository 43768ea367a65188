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
        if (resumed.is_cancelled) core.cancel(resumed.job.id);
        core.resume(resumed);
    }
    void see(const model::JobTaken& taken) {
        core.take_answered();
        policy->job_taken(taken.job);
    }
    void see(const model::JobTooBig&) {
        core.take_answered();
        core.job_ended(false);
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
        const std::optional<model::NextTry> next = core.next_try(ended);
        Attempt attempt = core.attempt_ended(ended.attempt);
        std::optional<Mark> mark;
        if (attempt.state != Attempt::State::skipped) {
            mark = core.judge(attempt.node, attempt.job, ended.outcome, attempt.past.get());
        }
        if (!next) {
            core.job_ended(model::is_success(ended.outcome));
            return;
        }
        PastPtr past = attempt.past ? std::move(attempt.past) : std::make_unique<Past>();
        ++past->attempts;
        past->last = ended.attempt;
        past->node = attempt.node;
        past->outcome = ended.outcome;
        const model::HostId host = core.placement().host(attempt.node);
        std::erase(past->hosts, host);
        past->hosts.push_back(host);
        constexpr std::size_t most_kept = 8;
        if (past->hosts.size() > most_kept) past->hosts.erase(past->hosts.begin());
        if (mark) past->marks.push_back(*mark);
        if (past->marks.size() > most_kept) past->marks.erase(past->marks.begin());
        policy->retry_planned(core, {std::move(attempt.job), std::move(past)}, next->delay);
    }
    void see(const model::AttemptRefused& refused) {
        Attempt attempt = core.attempt_ended(refused.attempt);
        const model::JobId job = attempt.job.id;
        policy->attempt_refused(std::move(attempt), refused.reason);
        if (core.is_cancelled(job)) policy->job_cancelled(core, job);
    }
    void see(const model::AttemptLeft& left) {
        (void)core.attempt_ended(left.attempt);
        core.job_ended(false);
    }
    void see(const model::WaitOver& over) {
        const std::optional<Waiting> what = core.wait_over(over.token);
        if (!what) return;
        if (const auto* limit = std::get_if<WaitingAttempt>(&*what)) {
            core.end_late(limit->attempt);
        } else if (const auto* retry = std::get_if<WaitingRetry>(&*what)) {
            policy->retry_due(retry->key);
        } else {
            core.rest_over(std::get<WaitingHost>(*what).host);
        }
    }
    void see(const model::JobCancelled& cancelled) {
        core.cancel(cancelled.job);
        policy->job_cancelled(core, cancelled.job);
    }
    // Of our own making.
    void see(const model::RetryDropped&) {}
    void see(const model::NodeRested&) {}
    void see(const model::RunHalted&) {}
    void see(const model::StopAsked& asked) { core.stop(asked.grade); }
    void see(const model::AttemptBegan&) {}
    void see(const model::OutputArrived&) {}
    void see(const model::RunEnded&) {}
};

Engine::Engine(const Settings& settings) : state_(std::make_unique<State>(settings)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

std::optional<model::NextTry> Engine::next_try(const model::AttemptEnded& ended) const {
    return state_->core.next_try(ended);
}

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
