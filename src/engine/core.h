// SPDX-License-Identifier: MIT
//
// Core: the engine's state, and what every mode does with it: attempts, slots, what is known of the
// queue, what is waited for, whether the run is closed. A Policy decides; the Core keeps the books
// and writes the actions.
#pragma once

#include "engine/health.h"
#include "engine/placement.h"
#include "remuda/engine/engine.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace remuda::engine {

/// What is known of a job whose attempts have failed so far.
struct Past {
    int attempts = 0;
    /// The last one.
    model::AttemptId last;
    model::NodeId node;
    model::Outcome outcome;
    /// Where they failed, each host once, the last one last.
    std::vector<model::HostId> hosts;
    std::vector<Mark> marks;
};
using PastPtr = std::unique_ptr<Past>;

/// A job that is to be tried again.
struct Retrying {
    model::Job job;
    PastPtr past;
};

/// An attempt that was asked for and has not ended.
struct Attempt {
    enum class State {
        /// Asked for with StartAttempt, not yet known to have started.
        asked,
        running,
        /// Asked to end because its time was over.
        overdue,
        /// Asked to end because the run stops, or its job is cancelled.
        ending,
        /// Asked for with SkipAttempt: it only passes through the books.
        skipped,
    };
    State state = State::asked;
    model::Job job;
    model::NodeId node;
    std::vector<int> slots;
    /// Null for the first attempt at a job.
    PastPtr past = nullptr;
    /// Its time limit.
    std::optional<model::WaitId> limit = std::nullopt;

    [[nodiscard]] int number() const { return past ? past->attempts + 1 : 1; }
};

/// What follows when a wait is over.
struct WaitingAttempt {
    model::AttemptId attempt;
};
struct WaitingRetry {
    /// The policy knows which.
    std::uint64_t key = 0;
};
struct WaitingHost {
    model::HostId host;
};
using Waiting = std::variant<WaitingAttempt, WaitingRetry, WaitingHost>;

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
    /// The job will not be tried again (in broadcast: on one node).
    void job_ended(bool is_success);
    /// How an attempt on `node` ended, that has left the books. `past`: the attempts before it.
    [[nodiscard]] std::optional<Mark> judge(model::NodeId node, const model::Job& job,
                                            const model::Outcome& outcome, const Past* past);
    /// Ends a wait, and says what for; nothing if nobody waits any more.
    [[nodiscard]] std::optional<Waiting> wait_over(model::WaitId token);
    void rest_over(model::HostId host);
    void attempt_started(model::AttemptId attempt);
    /// Ends an attempt, frees its slots, and gives back what it was.
    [[nodiscard]] Attempt attempt_ended(model::AttemptId attempt);
    /// Each attempt at this job is ended, and no further one is planned.
    void cancel(model::JobId job);
    [[nodiscard]] bool is_cancelled(model::JobId job) const { return cancelled_.contains(job); }
    /// Raises the grade of stopping; from grade 2 on asks running attempts to end.
    void stop(int grade);

    // What is to be done.
    void take();
    /// Starts `job` on a node that has room for it.
    void start(model::Job job, model::NodeId node, PastPtr past = nullptr);
    /// Goes on with a job that runs on its node already, on those of its slots that are free.
    void resume(const model::JobResumed& resumed);
    /// The time limit of a running attempt has passed.
    void end_late(model::AttemptId attempt);
    [[nodiscard]] model::WaitId wait(Duration duration, Waiting what,
                                     std::optional<model::AttemptId> from = std::nullopt);
    void end_wait(model::WaitId token);
    /// The job ends as its last attempt failed.
    void drop(const Retrying& retrying, std::string reason);
    void skip(model::Job job, model::NodeId node, std::string reason);
    void put_back(model::Job job);
    void finish();
    /// The actions since the last call.
    [[nodiscard]] std::vector<model::Action> drain();

    // What is so.
    [[nodiscard]] Placement& placement() { return placement_; }
    [[nodiscard]] const Placement& placement() const { return placement_; }
    /// The attempt that follows one that ended so; nothing if there is none.
    [[nodiscard]] std::optional<model::NextTry> next_try(const model::AttemptEnded& ended) const;
    /// Nothing is started any more: a stop was asked for, or enough jobs have ended.
    [[nodiscard]] bool is_closed() const {
        return stop_grade_ > 0 || is_halted_ || (stop_on_failure_ && failures_ > 0);
    }
    [[nodiscard]] bool is_endless() const { return is_endless_; }
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
    void end_running();
    void end_those(const std::function<bool(const Attempt&)>& is_meant, model::EndReason why);
    void end_if_cancelled(model::AttemptId id);
    void look_at_health(model::HostId host);
    void rest(model::HostId host, const std::string& evidence);
    /// Hosts that rest are needed again when no other works.
    void wake_if_needed();
    /// What was known of the queue may have changed.
    void forget_queue();

    // Set once.
    bool stop_on_failure_;
    bool is_endless_;
    bool is_broadcast_;
    bool rests_hosts_;
    Halt halt_;
    model::JobOptions defaults_;
    std::uint64_t seed_;

    Placement placement_;
    std::unordered_map<model::AttemptId, Attempt> attempts_;
    std::uint64_t last_attempt_ = 0;
    std::unordered_map<model::WaitId, Waiting> waits_;
    std::uint64_t last_wait_ = 0;
    Health health_;
    /// Hosts that rest, until when.
    std::unordered_map<model::HostId, model::WaitId> resting_;
    /// The user does not want them any more: as many as were asked for.
    std::unordered_set<model::JobId> cancelled_;
    std::vector<model::Action> actions_;
    bool is_taking_ = false;
    bool is_queue_empty_ = false;
    bool head_waits_ = false;
    bool queue_failed_ = false;
    std::size_t failures_ = 0;
    std::size_t successes_ = 0;
    bool is_halted_ = false;
    bool is_finished_ = false;
    int stop_grade_ = 0;
};

}  // namespace remuda::engine
