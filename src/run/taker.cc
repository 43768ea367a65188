// SPDX-License-Identifier: MIT
#include "run/taker.h"

#include <chrono>
#include <utility>

#include <fmt/core.h>

namespace remuda::run {

using engine::Fit;
using queue::Admission;

namespace {

constexpr Duration kLockRetry = std::chrono::milliseconds(100);
/// An editor's save or another instance's take is not worth a word.
constexpr Duration kPatience = std::chrono::seconds(1);
constexpr Duration kWatchPeriod = std::chrono::seconds(1);
/// A file that is missing, empty or faulty for less is being saved.
constexpr Duration kSavingTime = std::chrono::seconds(1);

/// Whether the answer may be due to a save that is under way.
bool may_pass(const Result<queue::TakeResult>& result) {
    if (!result) {
        return result.error().code() == Code::not_found || result.error().code() == Code::busy;
    }
    if (const auto* empty = std::get_if<queue::Empty>(&*result)) return !empty->is_settled;
    return std::holds_alternative<queue::Faulty>(*result);
}

Admission admission(const engine::Engine& engine, const model::Needs& needs) {
    switch (engine.fit(needs)) {
        case Fit::now:
            return {Admission::Verdict::take, engine.room(needs)};
        case Fit::never:
            return {Admission::Verdict::reject};
        case Fit::later:
            break;
    }
    return {Admission::Verdict::wait};
}

}  // namespace

Taker::Taker(Parts parts) : parts_(std::move(parts)), crew_(parts_.loop, parts_.fail) {}

void Taker::take() {
    if (ready_.empty()) {
        crew_.spawn(take_soon());
    } else {
        hand_out_next();
    }
}

void Taker::hand_out_next() {
    model::Job job = std::move(ready_.front());
    ready_.pop_front();
    parts_.emit(model::JobTaken{std::move(job)});
}

// What else ends in this turn of the loop makes room too: jobs that are taken together cost one
// write of the files.
loop::Task<> Taker::take_soon() {
    co_await parts_.loop.yield();
    if (!parts_.engine.wants_jobs()) {
        parts_.emit(model::HeadDoesNotFit{});
        co_return;
    }
    const bool is_done = try_take();
    if (!is_done) co_await wait_and_take();
}

void Taker::put_back(model::Job job) {
    // These come behind it.
    return_ready();
    returning_.push_back(std::move(job));
    // If the lock is held, the next take or the end of the run tries again.
    (void)try_put_back();
}

loop::Task<> Taker::watch(loop::Stop& stop) {
    for (;;) {
        const loop::Wake wake =
            co_await parts_.loop.sleep_until(parts_.loop.now() + kWatchPeriod, stop);
        if (wake == loop::Wake::stopped) co_return;
        if (is_idle_ && parts_.jobs.has_changed()) {
            is_idle_ = false;
            parts_.emit(model::QueueChanged{});
        }
    }
}

loop::Task<> Taker::finish(loop::Stop& leave) {
    stop_taking_.request();
    co_await crew_.join();
    return_ready();
    const Time since = parts_.loop.now();
    while (!try_put_back()) {
        const loop::Wake wake = co_await wait_for_lock(since, leave);
        if (wake == loop::Wake::stopped) break;
    }
    for (const model::Job& job : std::exchange(returning_, {})) {
        parts_.note(
            fmt::format("not put back, since the queue is locked by {}: {}", holder_, job.command));
    }
}

bool Taker::try_take() {
    // What goes back belongs before what is taken.
    if (!try_put_back()) return false;
    const auto result = parts_.jobs.take(
        [this](const model::Needs& needs) { return admission(parts_.engine, needs); }, false);
    if (result) {
        if (const auto* held = std::get_if<queue::LockHeld>(&*result)) {
            holder_ = held->holder;
            return false;
        }
    }
    if (may_pass(result)) {
        if (!unsettled_since_) unsettled_since_ = parts_.loop.now();
        holder_.clear();
        if (parts_.loop.now() < *unsettled_since_ + kSavingTime) return false;
    }
    unsettled_since_.reset();
    answer(result);
    return true;
}

// What was taken for room that a stop took away again goes back, most recent first, so that the
// order in the file is right.
void Taker::return_ready() {
    while (!ready_.empty()) {
        returning_.push_back(std::move(ready_.back()));
        ready_.pop_back();
    }
}

bool Taker::try_put_back() {
    while (!returning_.empty()) {
        const Result<void> done = parts_.jobs.put_back(returning_.front());
        if (!done && done.error().code() == Code::locked) {
            holder_ = done.error().text();
            return false;
        }
        if (!done) {
            parts_.note(fmt::format("not put back: {}: {}", done.error().text(),
                                    returning_.front().command));
        }
        returning_.pop_front();
    }
    return true;
}

void Taker::answer(const Result<queue::TakeResult>& result) {
    if (!result) {
        parts_.emit(model::QueueFailed{result.error().text()});
        return;
    }
    if (const auto* taken = std::get_if<queue::Taken>(&*result)) {
        is_idle_ = false;
        if (taken->rejected) {
            const model::Job& job = taken->jobs.front();
            parts_.emit(model::JobTooBig{job, parts_.why_never(job.needs)});
        } else {
            ready_.assign(taken->jobs.begin(), taken->jobs.end());
            hand_out_next();
        }
    } else if (const auto* faulty = std::get_if<queue::Faulty>(&*result)) {
        parts_.note(faulty->diagnostics.render(*faulty->source));
        parts_.emit(model::QueueFailed{faulty->source->name() + " is faulty"});
    } else if (std::holds_alternative<queue::HeadMustWait>(*result)) {
        is_idle_ = true;
        parts_.emit(model::HeadDoesNotFit{});
    } else {
        is_idle_ = true;
        parts_.emit(model::QueueEmpty{});
    }
}

loop::Task<> Taker::wait_and_take() {
    const Time since = parts_.loop.now();
    is_lock_noted_ = false;
    for (;;) {
        const loop::Wake wake = co_await wait_for_lock(since, stop_taking_);
        if (wake == loop::Wake::stopped || !parts_.engine.wants_jobs()) {
            parts_.emit(model::HeadDoesNotFit{});
            co_return;
        }
        if (try_take()) co_return;
    }
}

loop::Task<loop::Wake> Taker::wait_for_lock(Time since, loop::Stop& stop) {
    const Time now = parts_.loop.now();
    const bool is_locked = !holder_.empty();
    if (is_locked && now >= since + kPatience && !std::exchange(is_lock_noted_, true)) {
        parts_.note(fmt::format("waiting for the lock of the queue, held by {}", holder_));
    }
    co_return co_await parts_.loop.sleep_until(now + kLockRetry, stop);
}

}  // namespace remuda::run
