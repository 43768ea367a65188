// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/action.h"
#include "remuda/model/event.h"
#include "remuda/output/reader.h"
#include "remuda/run/recorder.h"
#include "remuda/transport/transport.h"
#include "run/attempts.h"
#include "run/crew.h"
#include "run/emit.h"
#include "run/receipts.h"
#include "run/store_wait.h"
#include "run/taker.h"
#include "run/timers.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace remuda::run {

/// The order of things: what happened is put on record, then shown, and then what is to start is
/// sent. All at the end of a turn of the loop, or a moment later where more is to come. On the
/// loop's thread.
class Settling {
  public:
    struct Parts {
        loop::Loop& loop;
        /// May be null.
        Recorder* recorder;
        const std::vector<output::Reader*>& readers;
        Receipts& receipts;
        Attempts& attempts;
        Timers& timers;
        const Taker& taker;
        Crew& crew;
        Emit emit;
        /// Tells people something.
        std::function<void(const std::string&)> note;
        StoreWait::Voice& store_voice;
        /// What cannot be recorded waits until it can be, instead of ending the run.
        std::function<bool()> is_patient;
        /// Nothing more is to happen: what is to be sent is given up.
        std::function<bool()> is_finished;
        /// A bug of ours ends the run: nothing is waited for.
        std::function<bool()> has_failed;
        /// The run is over.
        loop::Stop& stop;
        /// The user leaves at once.
        loop::Stop& leave;
    };
    /// What `parts` refers to outlives it.
    explicit Settling(Parts parts) : parts_(std::move(parts)), store_wait_(parts_.store_voice) {}

    /// Something happened, or is to be sent: see to it soon.
    void soon();
    /// Now.
    void settle();
    /// Another process has the store: nothing is sent or shown until it is free.
    [[nodiscard]] bool waits_for_store() const { return store_held_until_.has_value(); }

    /// A command that is to be sent when its start is on record.
    struct Unsent {
        model::AttemptId attempt;
        model::HostId host;
        transport::Command command;
        std::optional<model::Durable> durable;
        /// Its time limit, which counts from then.
        std::optional<model::Wait> limit = std::nullopt;
    };
    void send(Unsent start);
    /// The wait that is the time limit of an attempt that is to be sent; passed over otherwise.
    void limit(model::AttemptId attempt, const model::Wait& wait);
    /// It is not to be sent after all. False: it was.
    [[nodiscard]] bool unsend(model::AttemptId attempt);
    /// The first that is not sent.
    [[nodiscard]] std::optional<model::AttemptId> first_unsent() const;

  private:
    loop::Task<> settle_at_end_of_turn();
    [[nodiscard]] bool may_gather() const;
    /// At `when`, or when `early` is requested.
    loop::Task<> settle_later(Time when, loop::Stop& early);
    // False: it has not the store, or for too long.
    bool wait_for_store(const Result<void>& recorded);
    void settle_when_store_is_free();
    void send_all(const Result<void>& recorded);

    Parts parts_;
    StoreWait store_wait_;
    std::vector<Unsent> unsent_;
    bool will_settle_ = false;
    bool will_settle_later_ = false;
    bool was_failure_told_ = false;
    std::optional<Time> last_settled_;
    /// The store is not asked again before.
    std::optional<Time> store_held_until_;
    /// Ends the wait for more that is to be settled.
    std::optional<loop::Stop> gathering_;
};

}  // namespace remuda::run
