// SPDX-License-Identifier: MIT
#include "engine/core.h"

#include "engine/retry_rules.h"
#include "remuda/base/check.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace remuda::engine {

using model::AttemptId;
using model::Job;
using model::NodeId;
using NodeState = Placement::NodeState;

Core::Core(const Settings& settings)
    : stop_on_failure_(settings.stop_on_failure),
      is_endless_(settings.is_endless),
      is_broadcast_(settings.mode == Settings::Mode::broadcast),
      rests_hosts_(settings.rests_hosts && !is_broadcast_),
      halt_(settings.halt),
      defaults_(settings.defaults),
      seed_(settings.seed),
      placement_(settings.nodes) {}

void Core::node_up(NodeId node) {
    if (placement_.state(node) == NodeState::retired) return;
    placement_.set_state(node, NodeState::up);
    forget_queue();
}

void Core::node_down(NodeId node) {
    if (placement_.state(node) == NodeState::retired) return;
    placement_.set_state(node, NodeState::down);
    // The head may have waited for this node alone; then it can never run and must be heard of.
    head_waits_ = false;
    wake_if_needed();
}

void Core::node_added(const NodeCapacity& node) {
    placement_.add(node);
}

void Core::node_retired(NodeId node) {
    placement_.set_state(node, NodeState::retired);
    head_waits_ = false;
    wake_if_needed();
}

void Core::attempt_started(AttemptId attempt) {
    const auto found = attempts_.find(attempt);
    REMUDA_CHECK(found != attempts_.end());
    if (found->second.state == Attempt::State::asked) found->second.state = Attempt::State::running;
}

Attempt Core::attempt_ended(AttemptId attempt) {
    const auto found = attempts_.find(attempt);
    REMUDA_CHECK(found != attempts_.end());
    Attempt ended = std::move(found->second);
    attempts_.erase(found);
    if (!ended.slots.empty()) placement_.release(ended.node, ended.slots);
    if (ended.limit) end_wait(*ended.limit);
    forget_queue();
    return ended;
}

void Core::job_ended(bool is_success) {
    ++(is_success ? successes_ : failures_);
    if (halt_.when == Halt::When::never || is_closed() || is_finished_) return;
    std::size_t count = successes_ + failures_;
    std::string_view what = "ended";
    if (halt_.of == Halt::Of::failures) {
        count = failures_;
        what = "failed";
    } else if (halt_.of == Halt::Of::successes) {
        count = successes_;
        what = "succeeded";
    }
    if (count < halt_.count) return;
    is_halted_ = true;
    const bool is_now = halt_.when == Halt::When::now;
    actions_.emplace_back(model::Tell{
        model::RunHalted{fmt::format("{} {} {}", count, count == 1 ? "job has" : "jobs have", what),
                         halt_.of == Halt::Of::successes, is_now}});
    if (is_now) end_running();
}

void Core::stop(int grade) {
    stop_grade_ = std::max(stop_grade_, grade);
    if (stop_grade_ >= 2) end_running();
}

void Core::cancel(model::JobId job) {
    cancelled_.insert(job);
    end_those([job](const Attempt& attempt) { return attempt.job.id == job; },
              model::EndReason::cancelled);
}

void Core::end_running() {
    end_those([](const Attempt&) { return true; }, model::EndReason::stopped);
}

void Core::end_those(const std::function<bool(const Attempt&)>& is_meant, model::EndReason why) {
    std::vector<AttemptId> to_end;
    for (auto& [id, attempt] : attempts_) {
        using State = Attempt::State;
        // One that is overdue may be out of reach, where nobody waits for it any more.
        const bool is_to_end = attempt.state == State::asked || attempt.state == State::running ||
                               attempt.state == State::overdue;
        if (!is_to_end || !is_meant(attempt)) continue;
        attempt.state = Attempt::State::ending;
        to_end.push_back(id);
    }
    std::ranges::sort(to_end);
    for (const AttemptId id : to_end)
        actions_.emplace_back(model::EndAttempt{id, why});
}

// It was cancelled before anything of it was asked for.
void Core::end_if_cancelled(AttemptId id) {
    Attempt& attempt = attempts_.at(id);
    if (!is_cancelled(attempt.job.id)) return;
    attempt.state = Attempt::State::ending;
    actions_.emplace_back(model::EndAttempt{id, model::EndReason::cancelled});
}

void Core::take() {
    REMUDA_CHECK(may_take());
    is_taking_ = true;
    actions_.emplace_back(model::TakeJob{});
}

void Core::start(Job job, NodeId node, PastPtr past) {
    REMUDA_CHECK(!is_closed());
    std::vector<int> slots = placement_.take(node, job.needs);
    const auto limit = job.options.timeout ? job.options.timeout : defaults_.timeout;
    const AttemptId id = add({Attempt::State::asked, job, node, slots, std::move(past)});
    Attempt& attempt = attempts_.at(id);
    actions_.emplace_back(
        model::StartAttempt{id, std::move(job), node, std::move(slots), attempt.number()});
    if (limit) attempt.limit = wait(*limit, WaitingAttempt{id}, id);
    end_if_cancelled(id);
}

void Core::end_late(AttemptId attempt) {
    const auto found = attempts_.find(attempt);
    REMUDA_CHECK(found != attempts_.end());
    found->second.limit.reset();
    if (found->second.state == Attempt::State::ending) return;
    found->second.state = Attempt::State::overdue;
    actions_.emplace_back(model::EndAttempt{attempt, model::EndReason::timed_out});
}

model::WaitId Core::wait(Duration duration, Waiting what, std::optional<AttemptId> from) {
    const model::WaitId token{++last_wait_};
    waits_.emplace(token, what);
    actions_.emplace_back(model::Wait{token, duration, from});
    return token;
}

void Core::end_wait(model::WaitId token) {
    if (waits_.erase(token) > 0) actions_.emplace_back(model::EndWait{token});
}

std::optional<Waiting> Core::wait_over(model::WaitId token) {
    const auto found = waits_.find(token);
    if (found == waits_.end()) return std::nullopt;
    const Waiting what = found->second;
    waits_.erase(found);
    return what;
}

void Core::drop(const Retrying& retrying, std::string reason) {
    const Past& past = *retrying.past;
    actions_.emplace_back(model::Tell{model::RetryDropped{past.last, retrying.job.id, past.node,
                                                          past.outcome, std::move(reason)}});
    job_ended(false);
}

void Core::resume(const model::JobResumed& resumed) {
    PastPtr past;
    if (resumed.number > 1) {
        past = std::make_unique<Past>();
        past->attempts = resumed.number - 1;
        past->node = resumed.node;
        past->outcome = resumed.before.value_or(model::Lost{"an earlier run was killed"});
    }
    std::vector<int> held = placement_.claim(resumed.node, resumed.slots);
    const AttemptId id =
        add({Attempt::State::asked, resumed.job, resumed.node, held, std::move(past)});
    actions_.emplace_back(model::AttachAttempt{id, resumed.job, resumed.node, std::move(held)});
    end_if_cancelled(id);
}

void Core::skip(Job job, NodeId node, std::string reason) {
    const AttemptId id = add({Attempt::State::skipped, job, node, {}});
    actions_.emplace_back(model::SkipAttempt{id, std::move(job), node, std::move(reason)});
}

void Core::put_back(Job job) {
    actions_.emplace_back(model::PutBack{std::move(job)});
}

std::optional<model::NextTry> Core::next_try(const model::AttemptEnded& ended) const {
    const auto found = attempts_.find(ended.attempt);
    if (found == attempts_.end() || is_closed() || is_finished_) return std::nullopt;
    const Attempt& attempt = found->second;
    if (is_cancelled(attempt.job.id)) return std::nullopt;
    const model::Retry retry = model::retry_of(attempt.job.options, defaults_);
    const int number = attempt.number();
    if (number > retry.most || !is_named(retry.on, ended.outcome)) return std::nullopt;
    const bool has_place =
        is_broadcast_ ? placement_.state(attempt.node) == NodeState::up
                      : can_ever_hold(attempt.job.needs) && (is_endless_ || !is_fleet_down());
    if (!has_place) return std::nullopt;
    // In broadcast the nodes that try again do not all do so at once.
    const std::uint64_t draw = attempt.job.id.value * 0x10001 + attempt.node.value;
    return model::NextTry{number + 1, retry.most + 1, delay_before(number + 1, retry, seed_, draw)};
}

std::optional<Mark> Core::judge(NodeId node, const Job& job, const model::Outcome& outcome,
                                const Past* past) {
    if (!rests_hosts_) return std::nullopt;
    const model::HostId host = placement_.host(node);
    if (model::is_success(outcome)) {
        static const std::vector<Mark> none;
        const std::vector<Mark>& marks = past != nullptr ? past->marks : none;
        health_.succeeded(host, job.command, marks);
        for (const Mark& mark : marks)
            look_at_health(mark.host);
        return std::nullopt;
    }
    const bool tells_nothing = std::holds_alternative<model::Cancelled>(outcome) ||
                               std::holds_alternative<model::NeverStarted>(outcome);
    if (tells_nothing) return std::nullopt;
    const Mark mark =
        health_.failed(host, job.command, std::holds_alternative<model::Lost>(outcome));
    look_at_health(host);
    return mark;
}

// Never the only host that works.
void Core::look_at_health(model::HostId host) {
    if (is_closed() || resting_.contains(host)) return;
    const bool has_working = std::ranges::any_of(placement_.nodes_of(host), [&](NodeId node) {
        return placement_.state(node) == NodeState::up;
    });
    if (!has_working || placement_.working_hosts() < 2) return;
    const std::string evidence = health_.evidence(host);
    if (!evidence.empty()) rest(host, evidence);
}

void Core::rest(model::HostId host, const std::string& evidence) {
    const Duration duration = health_.rest(host);
    placement_.set_resting(host, true);
    resting_.emplace(host, wait(duration, WaitingHost{host}));
    for (const NodeId node : placement_.nodes_of(host)) {
        if (placement_.state(node) != NodeState::up) continue;
        actions_.emplace_back(model::Tell{model::NodeRested{node, evidence, duration}});
    }
}

void Core::rest_over(model::HostId host) {
    resting_.erase(host);
    placement_.set_resting(host, false);
    forget_queue();
}

void Core::wake_if_needed() {
    if (placement_.working_hosts() > 0 || resting_.empty()) return;
    for (const auto& [host, token] : std::exchange(resting_, {})) {
        end_wait(token);
        placement_.set_resting(host, false);
    }
    forget_queue();
}

void Core::finish() {
    REMUDA_CHECK(!is_finished_);
    is_finished_ = true;
    actions_.emplace_back(model::Finish{});
}

std::vector<model::Action> Core::drain() {
    return std::exchange(actions_, {});
}

bool Core::may_take() const {
    return !is_closed() && !is_finished_ && !is_taking_ && !queue_failed_ && !is_queue_empty_ &&
           !head_waits_ && placement_.has_room();
}

bool Core::can_ever_hold(const model::Needs& needs) const {
    return placement_.holders(needs, NodeState::up) > 0 ||
           placement_.holders(needs, NodeState::coming) > 0 ||
           (is_endless_ && placement_.holders(needs, NodeState::down) > 0);
}

void Core::sanity_check() const {
    placement_.sanity_check();
    std::vector<int> in_use(placement_.size(), 0);
    std::vector<std::pair<std::size_t, int>> held;
    for (const auto& [id, attempt] : attempts_) {
        REMUDA_CHECK(id.value >= 1 && id.value <= last_attempt_);
        REMUDA_CHECK(attempt.state != Attempt::State::skipped || attempt.slots.empty());
        if (attempt.limit) {
            const auto wait = waits_.find(*attempt.limit);
            REMUDA_CHECK(wait != waits_.end());
            REMUDA_CHECK(std::get<WaitingAttempt>(wait->second).attempt == id);
        }
        for (const int slot : attempt.slots) {
            REMUDA_CHECK(placement_.slots(attempt.node).is_taken(slot));
            held.emplace_back(attempt.node.value, slot);
            ++in_use[attempt.node.value];
        }
    }
    std::ranges::sort(held);
    REMUDA_CHECK(std::ranges::adjacent_find(held) == held.end());
    for (std::size_t node = 0; node < in_use.size(); ++node) {
        const SlotTable& slots = placement_.slots(NodeId{node});
        REMUDA_CHECK(in_use[node] == slots.capacity() - slots.free());
    }
    for (const auto& [token, what] : waits_) {
        if (const auto* limit = std::get_if<WaitingAttempt>(&what)) {
            REMUDA_CHECK(attempts_.at(limit->attempt).limit == token);
        } else if (const auto* rest = std::get_if<WaitingHost>(&what)) {
            REMUDA_CHECK(resting_.at(rest->host) == token);
        }
    }
    for (const auto& [host, token] : resting_)
        REMUDA_CHECK(waits_.contains(token) && placement_.is_resting(host));
    REMUDA_CHECK(resting_.empty() || placement_.working_hosts() > 0);
    REMUDA_CHECK(!is_finished_ || is_leaving_at_once() || attempts_.empty());
    REMUDA_CHECK(!is_finished_ || is_leaving_at_once() || !is_taking_);
}

AttemptId Core::add(Attempt attempt) {
    const AttemptId id{++last_attempt_};
    attempts_.emplace(id, std::move(attempt));
    return id;
}

void Core::forget_queue() {
    is_queue_empty_ = false;
    head_waits_ = false;
}

}  // namespace remuda::engine
