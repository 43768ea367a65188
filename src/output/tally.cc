// SPDX-License-Identifier: MIT
#include "remuda/output/output.h"

#include <variant>

namespace remuda::output {

void Tally::read(const model::Event& event, Time /*now*/) {
    if (const auto* down = std::get_if<model::NodeDown>(&event)) {
        if (down_.insert(down->node).second) ++counts_.nodes_down;
    } else if (const auto* started = std::get_if<model::AttemptStarted>(&event)) {
        running_.emplace(started->attempt, started->node);
        if (started->number == 2) ++counts_.retried;
    } else if (const auto* refused = std::get_if<model::AttemptRefused>(&event)) {
        running_.erase(refused->attempt);
    } else if (const auto* left = std::get_if<model::AttemptLeft>(&event)) {
        running_.erase(left->attempt);
        ++counts_.left_running;
    } else if (const auto* ended = std::get_if<model::AttemptEnded>(&event)) {
        const auto at = running_.find(ended->attempt);
        if (!ended->next_try) {
            count(ended->outcome, at != running_.end() && down_.contains(at->second));
        }
        if (at != running_.end()) running_.erase(at);
    } else if (std::holds_alternative<model::JobTooBig>(event)) {
        count(model::NeverStarted{}, false);
    } else if (std::holds_alternative<model::JobLost>(event)) {
        ++counts_.lost;
    } else if (const auto* dropped = std::get_if<model::RetryDropped>(&event)) {
        count(dropped->outcome, down_.contains(dropped->node));
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

int Tally::exit_code() const {
    if (stopped_) return 130;
    if (queue_failed_) return 2;
    if (has_enough_successes_) return 0;
    const std::size_t cancelled = is_halted_ ? 0 : counts_.cancelled;
    if (counts_.failed + cancelled + counts_.lost + unstartable_ > 0) return 1;
    return counts_.nodes_down + counts_.left_running > 0 ? 3 : 0;
}

}  // namespace remuda::output
