// SPDX-License-Identifier: MIT
#include "engine/core.h"

#include "remuda/base/check.h"

#include <algorithm>
#include <utility>

namespace remuda::engine {

using model::AttemptId;
using model::Job;
using model::NodeId;
using NodeState = Placement::NodeState;

Core::Core(const Settings& settings)
    : stop_on_failure_(settings.stop_on_failure),
      is_endless_(settings.is_endless),
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
}

void Core::node_added(const NodeCapacity& node) {
    placement_.add(node);
}

void Core::node_retired(NodeId node) {
    placement_.set_state(node, NodeState::retired);
    head_waits_ = false;
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
    forget_queue();
    return ended;
}

void Core::stop(int grade) {
    stop_grade_ = std::max(stop_grade_, grade);
    if (stop_grade_ < 2) return;
    std::vector<AttemptId> to_end;
    for (auto& [id, attempt] : attempts_) {
        if (attempt.state != Attempt::State::asked && attempt.state != Attempt::State::running) {
            continue;
        }
        attempt.state = Attempt::State::ending;
        to_end.push_back(id);
    }
    std::ranges::sort(to_end);
    for (const AttemptId id : to_end)
        actions_.emplace_back(model::EndAttempt{id});
}

void Core::take() {
    REMUDA_CHECK(may_take());
    is_taking_ = true;
    actions_.emplace_back(model::TakeJob{});
}

void Core::start(Job job, NodeId node) {
    REMUDA_CHECK(!is_closed());
    std::vector<int> slots = placement_.take(node, job.needs);
    const AttemptId id = add({Attempt::State::asked, job, node, slots});
    actions_.emplace_back(model::StartAttempt{id, std::move(job), node, std::move(slots)});
}

void Core::resume(Job job, NodeId node, const std::vector<int>& slots) {
    std::vector<int> held = placement_.claim(node, slots);
    const AttemptId id = add({Attempt::State::asked, job, node, held});
    actions_.emplace_back(model::AttachAttempt{id, std::move(job), node, std::move(held)});
}

void Core::skip(Job job, NodeId node, std::string reason) {
    const AttemptId id = add({Attempt::State::skipped, job, node, {}});
    actions_.emplace_back(model::SkipAttempt{id, std::move(job), node, std::move(reason)});
}

void Core::put_back(Job job) {
    actions_.emplace_back(model::PutBack{std::move(job)});
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
