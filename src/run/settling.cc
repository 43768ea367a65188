// SPDX-License-Identifier: MIT
#include "run/settling.h"

#include "run/gathering.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace remuda::run {

namespace {

constexpr Duration kRecordRetry = std::chrono::seconds(1);

}  // namespace

void Settling::soon() {
    if (!std::exchange(will_settle_, true)) parts_.crew.spawn(settle_at_end_of_turn());
}

// One turn later than what ends in this one: a take that follows from it commits it along.
loop::Task<> Settling::settle_at_end_of_turn() {
    co_await parts_.loop.yield();
    co_await parts_.loop.yield();
    // A take that is to come commits all that came before it.
    for (bool goes_on = true; goes_on && may_gather(); goes_on = parts_.taker.is_gathering()) {
        gathering_.emplace(parts_.stop);
        (void)co_await parts_.loop.sleep_until(parts_.loop.now() + kGathering, *gathering_);
        gathering_.reset();
        if (parts_.stop.is_requested()) break;
    }
    settle();
}

// Nothing waits to be sent, and what there is to be told can wait a moment, perhaps for the next
// take.
bool Settling::may_gather() const {
    return unsent_.empty() && last_settled_ && parts_.loop.now() < *last_settled_ + kBurst;
}

void Settling::settle() {
    will_settle_ = false;
    if (store_held_until_ && parts_.loop.now() < *store_held_until_ &&
        !parts_.leave.is_requested()) {
        settle_when_store_is_free();
        return;
    }
    last_settled_ = parts_.loop.now();
    const Result<void> recorded =
        parts_.recorder != nullptr ? parts_.recorder->commit() : Result<void>();
    if (wait_for_store(recorded)) return;
    // A daemon waits until it passes: what is to start waits with it.
    const bool is_held = !recorded && parts_.is_patient() && !parts_.is_finished();
    if (!recorded && !std::exchange(was_failure_told_, true)) {
        const std::string why = "cannot record what happens: " + recorded.error().text();
        // Outcomes that cannot be kept are told all the same: they are true.
        if (is_held) {
            parts_.note(why + "; trying again until it passes");
        } else {
            parts_.emit(model::QueueFailed{why});
        }
    }
    if (recorded) {
        was_failure_told_ = false;
        parts_.receipts.release_ended();
    }
    // What is sent may end at once: that is on record with the next commit only.
    for (output::Reader* reader : parts_.readers)
        reader->flush();
    if (!is_held) {
        send_all(recorded);
    } else if (!std::exchange(will_settle_later_, true)) {
        parts_.crew.spawn(settle_later(parts_.loop.now() + kRecordRetry, parts_.stop));
    }
}

bool Settling::wait_for_store(const Result<void>& recorded) {
    const bool is_busy = !recorded && recorded.error().code() == Code::busy;
    store_held_until_.reset();
    if (!is_busy) {
        store_wait_.end();
    } else if (!parts_.has_failed() && !parts_.leave.is_requested()) {
        store_held_until_ =
            store_wait_.next_try(parts_.loop.now(), recorded.error().text(), parts_.is_patient());
    }
    parts_.attempts.hold(store_held_until_.has_value());
    if (!store_held_until_) return false;
    settle_when_store_is_free();
    return true;
}

void Settling::settle_when_store_is_free() {
    if (std::exchange(will_settle_later_, true)) return;
    parts_.crew.spawn(settle_later(store_held_until_.value_or(parts_.loop.now()), parts_.leave));
}

loop::Task<> Settling::settle_later(Time when, loop::Stop& early) {
    (void)co_await parts_.loop.sleep_until(when, early);
    will_settle_later_ = false;
    soon();
}

// --- What is to be sent.

void Settling::send(Unsent start) {
    unsent_.push_back(std::move(start));
    if (gathering_) gathering_->request();
}

void Settling::limit(model::AttemptId attempt, const model::Wait& wait) {
    const auto start = std::ranges::find(unsent_, attempt, &Unsent::attempt);
    if (start != unsent_.end()) start->limit = wait;
}

bool Settling::unsend(model::AttemptId attempt) {
    const auto found = std::ranges::find(unsent_, attempt, &Unsent::attempt);
    if (found == unsent_.end()) return false;
    unsent_.erase(found);
    return true;
}

std::optional<model::AttemptId> Settling::first_unsent() const {
    if (unsent_.empty()) return std::nullopt;
    return unsent_.front().attempt;
}

void Settling::send_all(const Result<void>& recorded) {
    for (Unsent& start : std::exchange(unsent_, {})) {
        if (recorded) {
            if (start.durable) start.command.key = start.durable->key;
            parts_.attempts.start(start.attempt, start.host, std::move(start.command),
                                  std::move(start.durable));
            if (start.limit) parts_.timers.start(start.limit->token, start.limit->duration);
        } else {
            const std::string reason = "its start cannot be recorded: " + recorded.error().text();
            parts_.emit(model::AttemptEnded{start.attempt, model::NeverStarted{reason}});
        }
    }
}

}  // namespace remuda::run
