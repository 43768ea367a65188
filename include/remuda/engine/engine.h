// SPDX-License-Identifier: MIT
//
// Engine: what runs where and when. A pure state machine: `on(event)` changes its state and returns
// the actions to perform, in order. It knows no SSH, file, terminal or clock, never blocks, and
// does O(1) amortised work per job and per node, so it can be driven by a test through a million
// jobs.
//
// Invariants, held by `sanity_check()` after each event: a slot belongs to at most one attempt; an
// attempt is in exactly one state; at most one TakeJob is under way; nothing is taken or started
// after a stop; Finish is asked for once, and only when nothing runs or a stop of grade 3 was asked
// for. A job that was taken is started, put back, or skipped with a reason: none is dropped. A job
// is started anew only after an attempt that failed in a way that its Retry names; until then it
// holds no slot, and the run does not end.
//
// Time passes by Wait and WaitOver alone: for time limits, between attempts, and while a host
// rests.
#pragma once

#include "remuda/model/action.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remuda::engine {

/// Whether the head of the queue can be taken.
enum class Fit { now, later, never };

/// What the engine needs to know of a node.
struct NodeCapacity {
    model::NodeId id;
    model::HostId host;
    int slots = 1;
};

/// When a run ends before its queue is empty. In broadcast each node counts by itself.
struct Halt {
    enum class When {
        never,
        /// No further job is taken; running ones finish.
        soon,
        /// Running ones are ended, too.
        now,
    };
    enum class Of { failures, successes, ends };
    When when = When::never;
    Of of = Of::failures;
    /// At least 1.
    std::size_t count = 1;
};

struct Settings {
    enum class Mode {
        /// Each job once, on the next node with room. Taken in order: a head that does not fit yet
        /// holds back those behind it. Equal load is spread over hosts first.
        queue,
        /// Each job on every node that is up, or comes up before the others have ended; the next is
        /// taken when all have ended.
        broadcast,
    };
    Mode mode = Mode::queue;
    /// Take no further job once an attempt has failed. Running ones finish.
    bool stop_on_failure = false;
    /// Do not end when the queue is empty or all nodes are down (daemon): only a stop ends the run.
    bool is_endless = false;
    Halt halt = {};
    /// For what a job's options leave out.
    model::JobOptions defaults = {};
    /// Draws the delays of retries.
    std::uint64_t seed = 0;
    /// Queue mode: a host that fails what others pass, or loses its jobs while others do not, gets
    /// no job for a while.
    bool rests_hosts = true;
    /// `nodes[i].id.value` is i.
    std::vector<NodeCapacity> nodes;
};

class Engine {
  public:
    explicit Engine(const Settings& settings);
    ~Engine();
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;

    /// What follows this end of an attempt, of which `on` is about to be told: another attempt at
    /// the job, or nothing.
    [[nodiscard]] std::optional<model::NextTry> next_try(const model::AttemptEnded& ended) const;

    /// The actions with which a run begins. Call once, before any event.
    [[nodiscard]] std::vector<model::Action> begin();
    /// Tells what happened. Events that the engine has no use for (OutputArrived) are ignored.
    [[nodiscard]] std::vector<model::Action> on(const model::Event& event);

    /// Whether a job with these needs can be taken now. In broadcast mode: whether all nodes that
    /// are up are free. `never` only when no node of the fleet as it is that is up or may yet come
    /// up has the capacity, or when no node ever could (fewer than 1 slot, buddy with no power of
    /// two); in an endless run a node that is down may come up. Once the run is to stop or all
    /// nodes are down or retired it is `later`: then jobs stay in the queue.
    [[nodiscard]] Fit fit(const model::Needs& needs) const;

    /// For needs that fit now: how many such jobs could be started now, one after the other; at
    /// least 1.
    [[nodiscard]] std::size_t room(const model::Needs& needs) const;

    /// Whether a job that is taken would be started as things stand: false once the run is to stop,
    /// or while no node is up or coming. Whoever waits to take one may then give up
    /// (HeadDoesNotFit).
    [[nodiscard]] bool wants_jobs() const;

    /// Attempts that were asked for and have not ended.
    [[nodiscard]] std::size_t running() const;
    [[nodiscard]] bool is_finished() const;

    /// Aborts with the reason if an invariant is broken. O(nodes + attempts): for tests.
    void sanity_check() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace remuda::engine
