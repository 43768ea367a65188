// SPDX-License-Identifier: MIT
#include "remuda/output/output.h"

#include <algorithm>
#include <iterator>
#include <variant>

namespace remuda::output {

void Tally::read(const model::Event& event, Time /*now*/) {
    if (const auto* down = std::get_if<model::NodeDown>(&event)) {
        if (down_.insert(down->node).second) ++counts_.nodes_down;
    } else if (const auto* started = std::get_if<model::AttemptStarted>(&event)) {
        const bool is_retry = started->number > 1;
        running_.emplace(started->attempt, Running{started->job, started->node, is_retry});
        if (started->number == 2) ++counts_.retried;
        if (is_retry) retry_over(started->job, started->node);
    } else if (const auto* refused = std::get_if<model::AttemptRefused>(&event)) {
        const auto at = running_.find(refused->attempt);
        if (at == running_.end()) return;
        // It is still to come.
        if (at->second.is_retry) will_be_tried_again(at->second.job, at->second.node);
        running_.erase(at);
    } else if (const auto* left = std::get_if<model::AttemptLeft>(&event)) {
        running_.erase(left->attempt);
        ++counts_.left_running;
    } else if (const auto* ended = std::get_if<model::AttemptEnded>(&event)) {
        const auto at = running_.find(ended->attempt);
        if (!ended->next_try) {
            count(ended->outcome, at != running_.end() && down_.contains(at->second.node));
        } else if (at != running_.end()) {
            will_be_tried_again(at->second.job, at->second.node);
        }
        if (at != running_.end()) running_.erase(at);
    } else if (std::holds_alternative<model::JobTooBig>(event)) {
        count(model::NeverStarted{}, false);
    } else if (std::holds_alternative<model::JobLost>(event)) {
        ++counts_.lost;
    } else if (const auto* dropped = std::get_if<model::RetryDropped>(&event)) {
        count(dropped->outcome, down_.contains(dropped->node));
        retry_over(dropped->job, dropped->node);
    } else if (const auto* halted = std::get_if<model::RunHalted>(&event)) {
        is_halted_ = true;
        has_enough_successes_ = halted->is_success;
    } else if (std::holds_alternative<model::StopAsked>(event)) {
        stopped_ = true;
    } else if (std::holds_alternative<model::QueueFailed>(event)) {
        queue_failed_ = true;
    }
}

void Tally::count(const model::Outcome& outcome, bool node_is_down) {
    if (model::is_success(outcome)) {
        ++counts_.succeeded;
    } else if (std::holds_alternative<model::Cancelled>(outcome)) {
        ++counts_.cancelled;
    } else if (std::holds_alternative<model::NeverStarted>(outcome)) {
        ++counts_.never_started;
        if (!node_is_down) ++unstartable_;
    } else if (std::holds_alternative<model::Lost>(outcome)) {
        ++counts_.lost;
    } else {
        ++counts_.failed;
    }
}

void Tally::will_be_tried_again(model::JobId job, model::NodeId node) {
    ++counts_.retrying;
    retrying_[job].push_back(node);
}

void Tally::retry_over(model::JobId job, model::NodeId node) {
    const auto waiting = retrying_.find(job);
    // Its earlier tries may have been those of an earlier run.
    if (waiting == retrying_.end()) return;
    std::vector<model::NodeId>& nodes = waiting->second;
    // In queue mode a job waits once, and is tried on another node.
    const auto at = std::ranges::find(nodes, node);
    nodes.erase(at == nodes.end() ? std::prev(nodes.end()) : at);
    --counts_.retrying;
    if (nodes.empty()) retrying_.erase(waiting);
}

int Tally::exit_code() const {
    if (stopped_) return 130;
    if (queue_failed_) return 2;
    if (has_enough_successes_) return 0;
    const std::size_t cancelled = is_halted_ ? 0 : counts_.cancelled;
    if (counts_.failed + cancelled + counts_.lost + unstartable_ > 0) return 1;
    return counts_.nodes_down + counts_.left_running > 0 ? 3 : 0;
}

}  // namespace remuda::output
