// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/log.h"
#include "remuda/engine/engine.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/run/job_source.h"
#include "run/crew.h"
#include "run/emit.h"
#include "run/store_wait.h"

#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace remuda::run {

/// Takes jobs and puts them back, waiting while somebody else holds the lock; notices when a queue
/// that gave nothing has changed. In a daemon's run a queue that cannot be taken from is told of
/// once and counts as empty, until it has changed.
class Taker {
  public:
    struct Parts {
        loop::Loop& loop;
        JobSource& jobs;
        const engine::Engine& engine;
        Emit emit;
        Crew::Fail fail;
        std::function<void(const std::string&)> note;
        /// Why a job with these needs fits on no node.
        std::function<std::string(const model::Needs&)> why_never;
        StoreWait::Voice& store_voice;
        /// Faults are waited out instead of ending the run.
        bool is_daemon = false;
        /// The queue file, to hear of its changes at once; empty: it is only looked at.
        std::string watched_file;
        Log log;
    };
    /// What `parts` refers to outlives it.
    explicit Taker(Parts parts);

    /// Takes the head, now or when the lock is free; the answer comes as an event.
    void take();
    /// Puts `job` back, now or when the lock is free, before anything is taken. Where it cannot be
    /// for another reason that is told, and tried again until it passes.
    void put_back(model::Job job);
    /// Hears whether an idle queue has changed, and looks once a second, until `stop`.
    [[nodiscard]] loop::Task<> watch(loop::Stop& stop);
    /// What the jobs are checked against has changed: what was taken and not handed out goes back,
    /// and the queue is judged afresh.
    void recheck();

    /// Slots may have become free.
    void look_at_room();
    /// What ends now is soon followed by a take.
    [[nodiscard]] bool is_gathering() const { return gathering_.has_value(); }

    /// Stops waiting to take.
    void stop_taking() { stop_taking_.request(); }
    /// Returns when everything was put back and the queue is tidy, or at `leave`, or when something
    /// else than the lock has been in the way for a second: then it says what was not put back.
    [[nodiscard]] loop::Task<> finish(loop::Stop& leave);

  private:
    [[nodiscard]] bool may_gather() const;
    [[nodiscard]] Duration gathering_time() const;
    /// False: the lock is held by somebody else.
    [[nodiscard]] bool try_take();
    enum class PutBack { done, locked, failed };
    [[nodiscard]] PutBack try_put_back();
    /// False: the lock is held by somebody else.
    [[nodiscard]] bool try_tidy(bool is_pause);
    void answer(const Result<queue::TakeResult>& result);
    void answer_failure(const Error& error);
    void answer_fault(const queue::Faulty& faulty);
    void answer_taken(const queue::Taken& taken);
    /// Nothing is to be had until the queue has changed.
    void idle(model::Event answer);
    /// In a daemon's run: as if the queue were empty. Says so once for each `text`.
    void wait_out(std::string text);
    void fault_is_over();
    void hand_out_next();
    void return_ready();
    [[nodiscard]] loop::Task<> take_soon();
    [[nodiscard]] loop::Task<> wait_and_take();
    /// Tries again until it is done, or the run ends.
    [[nodiscard]] loop::Task<> put_back_soon();
    /// Tidies the queue when taking pauses.
    [[nodiscard]] loop::Task<> tidy_soon();
    /// Waits a little for the lock, or the store, since a wait that began at `since`; says once
    /// whose it is.
    [[nodiscard]] loop::Task<loop::Wake> wait_for_lock(Time since, loop::Stop& stop);

    Parts parts_;
    /// Taken together with a job that was handed out, each with room for it, and next to be.
    std::deque<model::Job> ready_;
    /// Not yet put back, in the order in which they are to be.
    std::deque<model::Job> returning_;
    bool is_putting_back_ = false;
    /// Why that failed, if it was not for the lock.
    std::string put_back_fault_;
    /// Who holds the lock; empty where something else is waited for.
    std::string holder_;
    StoreWait store_wait_;
    /// Another process has the store, which is not asked again before.
    std::optional<Time> store_held_until_;
    /// Since when the file has looked as if somebody were saving it.
    std::optional<Time> unsettled_since_;
    /// The last answer was that there is nothing to take, and no change was seen since.
    bool is_idle_ = false;
    loop::Notice became_idle_;
    /// What is being waited out; empty: nothing.
    std::string fault_;
    /// It may pass without a change of the file.
    bool may_pass_unseen_ = false;
    /// When something was taken last.
    std::optional<Time> last_take_;
    /// How long the last one took.
    Duration take_time_{};
    /// Since the queue was tidied for good something was taken.
    bool is_untidy_ = false;
    /// Since it was tidied at all, in a burst.
    bool is_pause_due_ = false;
    bool is_tidying_ = false;
    bool is_lock_noted_ = false;
    loop::Stop stop_taking_;
    /// Ends the wait for more room.
    std::optional<loop::Stop> gathering_;
    loop::Stop stop_tidying_;
    Crew crew_;
};

}  // namespace remuda::run
