// SPDX-License-Identifier: MIT
//
// Core: the engine's state, and what every mode does with it: attempts, slots, what is known of the
// queue, whether the run is closed. A Policy decides; the Core keeps the books and writes the
// actions.
#pragma once

#include "engine/placement.h"
#include "remuda/engine/engine.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace remuda::engine {

/// An attempt that was asked for and has not ended.
struct Attempt {
    enum class State {
        /// Asked for with StartAttempt, not yet known to have started.
        asked,
        running,
        /// Asked to end.
        ending,
        /// Asked for with SkipAttempt: it only passes through the books.
        skipped,
    };
    State state = State::asked;
    model::Job job;
    model::NodeId node;
    std::vector<int> slots;
};

class Core {
  public:
    explicit Core(const Settings& settings);

    // What happened.
    void node_up(model::NodeId node);
    void node_down(model::NodeId node);
    void node_added(const NodeCapacity& node);
    void node_retired(model::NodeId node);
    /// An answer to TakeJob came.
    void take_answered() { is_taking_ = false; }
    void queue_empty() { is_queue_empty_ = true; }
    void head_waits() { head_waits_ = true; }
    void queue_changed() { forget_queue(); }
    void queue_failed() { queue_failed_ = true; }
    void job_failed() { has_failure_ = true; }
    void attempt_started(model::AttemptId attempt);
    /// Ends an attempt, frees its slots, and gives back what it was.
    [[nodiscard]] Attempt attempt_ended(model::AttemptId attempt);
    /// Raises the grade of stopping; from grade 2 on asks running attempts to end.
    void stop(int grade);

    // What is to be done.
    void take();
    /// Starts `job` on a node that has room for it.
    void start(model::Job job, model::NodeId node);
    /// Goes on with a job that runs on `node` already, on those of `slots` that are free.
    void resume(model::Job job, model::NodeId node, const std::vector<int>& slots);
    void skip(model::Job job, model::NodeId node, std::string reason);
    void put_back(model::Job job);
    void finish();
    /// The actions since the last call.
    [[nodiscard]] std::vector<model::Action> drain();

    // What is so.
    [[nodiscard]] Placement& placement() { return placement_; }
    [[nodiscard]] const Placement& placement() const { return placement_; }
    /// Nothing is started any more: a stop was asked for, or a failure is to stop the run.
    [[nodiscard]] bool is_closed() const {
        return stop_grade_ > 0 || (stop_on_failure_ && has_failure_);
    }
    /// No node is up or coming.
    [[nodiscard]] bool is_fleet_down() const {
        return placement_.count(Placement::NodeState::up) == 0 &&
               placement_.count(Placement::NodeState::coming) == 0;
    }
    /// Asking for a job makes sense.
    [[nodiscard]] bool may_take() const;
    /// If nothing is pending or running, nothing will come.
    [[nodiscard]] bool is_exhausted() const {
        if (is_closed() || queue_failed_) return true;
        return !is_endless_ && (is_queue_empty_ || is_fleet_down());
    }
    /// Some node that is up or may come up could hold such a job. In an endless run nodes that are
    /// down may come up.
    [[nodiscard]] bool can_ever_hold(const model::Needs& needs) const;
    [[nodiscard]] bool is_taking() const { return is_taking_; }
    [[nodiscard]] bool has_queue_failed() const { return queue_failed_; }
    [[nodiscard]] bool is_leaving_at_once() const { return stop_grade_ >= 3; }
    [[nodiscard]] bool is_finished() const { return is_finished_; }
    [[nodiscard]] std::size_t running() const { return attempts_.size(); }

    void sanity_check() const;

  private:
    [[nodiscard]] model::AttemptId add(Attempt attempt);
    /// What was known of the queue may have changed.
    void forget_queue();

    // Set once.
    bool stop_on_failure_;
    bool is_endless_;

    Placement placement_;
    std::unordered_map<model::AttemptId, Attempt> attempts_;
    std::uint64_t last_attempt_ = 0;
    std::vector<model::Action> actions_;
    bool is_taking_ = false;
    bool is_queue_empty_ = false;
    bool head_waits_ = false;
    bool queue_failed_ = false;
    bool has_failure_ = false;
    bool is_finished_ = false;
    int stop_grade_ = 0;
};

}  // namespace remuda::engine
