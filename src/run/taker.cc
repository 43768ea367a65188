// SPDX-License-Identifier: MIT
#include "run/taker.h"

#include "remuda/loop/file_watch.h"
#include "run/gathering.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/core.h>

namespace remuda::run {

using engine::Fit;
using queue::Admission;

namespace {

constexpr Duration kLockRetry = std::chrono::milliseconds(100);
/// In a burst, one part of so many of the slots may stay free for a moment.
constexpr std::size_t kGatheredShare = 4;
/// An editor's save or another instance's take is not worth a word.
constexpr Duration kPatience = std::chrono::seconds(1);
constexpr Duration kWatchPeriod = std::chrono::seconds(1);
/// A file that is missing, empty or faulty for less is being saved.
constexpr Duration kSavingTime = std::chrono::seconds(1);
/// Taking pauses when it has not been done for so long.
constexpr Duration kPause = std::chrono::milliseconds(100);

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

Taker::Taker(Parts parts)
    : parts_(std::move(parts)), store_wait_(parts_.store_voice), crew_(parts_.loop, parts_.fail) {}

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

// Whether so little is free that it is worth waiting for what else ends in the next moment: jobs
// that are taken together cost one commit and one write of the files.
bool Taker::may_gather() const {
    if (!last_take_ || parts_.loop.now() >= *last_take_ + kBurst) return false;
    const std::size_t room = parts_.engine.room({});
    return room * kGatheredShare < room + parts_.engine.running();
}

void Taker::look_at_room() {
    if (gathering_ && !may_gather()) gathering_->request();
}

// Where the disk is slow, what is written along counts for more: a take holds up everything else.
Duration Taker::gathering_time() const {
    return std::clamp(3 * take_time_, kGathering, kLongestGathering);
}

loop::Task<> Taker::take_soon() {
    // What else ends in this turn of the loop makes room too.
    co_await parts_.loop.yield();
    if (may_gather()) {
        // Stopped, it goes on: the engine says what is wanted.
        gathering_.emplace(stop_taking_);
        (void)co_await parts_.loop.sleep_until(parts_.loop.now() + gathering_time(), *gathering_);
        gathering_.reset();
    }
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
    if (try_put_back() != PutBack::done && !std::exchange(is_putting_back_, true)) {
        crew_.spawn(put_back_soon());
    }
}

loop::Task<> Taker::put_back_soon() {
    for (Duration pause = kLockRetry;; pause = std::min(2 * pause, kWatchPeriod)) {
        const loop::Wake wake =
            co_await parts_.loop.sleep_until(parts_.loop.now() + pause, stop_tidying_);
        if (wake == loop::Wake::stopped) co_return;
        if (try_put_back() == PutBack::done) break;
    }
    is_putting_back_ = false;
    // It is not our own change that we look for.
    if (std::exchange(is_idle_, false)) parts_.emit(model::QueueChanged{});
}

// The poll is for network file systems, whose changes nobody is told of.
loop::Task<> Taker::watch(loop::Stop& stop) {
    std::optional<loop::FileWatch> file;
    if (!parts_.watched_file.empty()) {
        file.emplace(parts_.loop, parts_.watched_file);
        if (!file->fault().empty()) {
            parts_.log(LogLevel::detail,
                       fmt::format("{}: the queue is looked at once a second", file->fault()));
        }
    }
    for (;;) {
        // Our own takes change the file all the time.
        while (!is_idle_) {
            const loop::Wake wake = co_await parts_.loop.wait(became_idle_, kNever, stop);
            if (wake == loop::Wake::stopped) co_return;
        }
        const Time deadline = parts_.loop.now() + kWatchPeriod;
        loop::Wake wake = loop::Wake::timeout;
        if (file) {
            wake = co_await file->changed(deadline, stop);
        } else {
            wake = co_await parts_.loop.sleep_until(deadline, stop);
        }
        if (wake == loop::Wake::stopped) co_return;
        const bool is_worth_a_try = wake == loop::Wake::timeout && may_pass_unseen_;
        if (is_idle_ && (is_worth_a_try || parts_.jobs.has_changed())) {
            is_idle_ = false;
            parts_.emit(model::QueueChanged{});
        }
    }
}

void Taker::recheck() {
    return_ready();
    (void)try_put_back();
    parts_.jobs.recheck();
    if (std::exchange(is_idle_, false)) parts_.emit(model::QueueChanged{});
}

loop::Task<> Taker::finish(loop::Stop& leave) {
    stop_taking_.request();
    stop_tidying_.request();
    co_await crew_.join();
    return_ready();
    const Time since = parts_.loop.now();
    // Jobs must go back; tidiness is worth no long wait: whoever takes the lock next sees to it.
    // Nor is what may last for ever: the next start puts them back.
    PutBack put_back = try_put_back();
    while (put_back != PutBack::done || !try_tidy(false)) {
        if (put_back != PutBack::locked && parts_.loop.now() >= since + kPatience) break;
        const loop::Wake wake = co_await wait_for_lock(since, leave);
        if (wake == loop::Wake::stopped) break;
        put_back = try_put_back();
    }
    for (const model::Job& job : std::exchange(returning_, {})) {
        parts_.note(fmt::format(
            "not put back, since {}; the next start does it: {}",
            put_back == PutBack::locked ? "the queue is locked by " + holder_ : put_back_fault_,
            job.command));
    }
}

bool Taker::try_take() {
    // What goes back belongs before what is taken. What is in its way otherwise is most likely in
    // the way of a take too, which tells it better.
    if (try_put_back() == PutBack::locked) return false;
    const Time now = parts_.loop.now();
    const bool is_burst = last_take_ && now < *last_take_ + kBurst;
    const auto result = parts_.jobs.take(
        [this](const model::Needs& needs) { return admission(parts_.engine, needs); }, is_burst);
    take_time_ = parts_.loop.now() - now;
    if (result) {
        if (std::holds_alternative<queue::Taken>(*result)) {
            last_take_ = now;
            is_untidy_ = true;
            is_pause_due_ = is_pause_due_ || is_burst;
            if (is_pause_due_ && !std::exchange(is_tidying_, true)) crew_.spawn(tidy_soon());
        }
        if (const auto* held = std::get_if<queue::LockHeld>(&*result)) {
            holder_ = held->holder;
            return false;
        }
    }
    store_held_until_.reset();
    if (!result && result.error().code() == Code::timed_out) {
        holder_.clear();
        store_held_until_ =
            store_wait_.next_try(parts_.loop.now(), result.error().text(), parts_.is_daemon);
        if (store_held_until_) return false;
    } else {
        store_wait_.end();
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

Taker::PutBack Taker::try_put_back() {
    while (!returning_.empty()) {
        const Result<void> done = parts_.jobs.put_back(returning_.front());
        if (!done && done.error().code() == Code::locked) {
            holder_ = done.error().text();
            return PutBack::locked;
        }
        if (!done) {
            if (done.error().text() != put_back_fault_) {
                parts_.note(done.error().text() + "; trying again until it passes");
            }
            put_back_fault_ = done.error().text();
            holder_.clear();
            return PutBack::failed;
        }
        returning_.pop_front();
    }
    put_back_fault_.clear();
    return PutBack::done;
}

bool Taker::try_tidy(bool is_pause) {
    if (!(is_pause ? is_pause_due_ : is_untidy_)) return true;
    const Result<void> done = parts_.jobs.tidy(is_pause);
    if (!done && done.error().code() == Code::locked) {
        holder_ = done.error().text();
        return false;
    }
    if (!done && done.error().code() == Code::timed_out) {
        holder_.clear();
        return false;
    }
    is_pause_due_ = false;
    if (!is_pause) is_untidy_ = false;
    if (!done) parts_.log(LogLevel::detail, "the queue is left untidy: " + done.error().text());
    return true;
}

loop::Task<> Taker::tidy_soon() {
    while (is_pause_due_) {
        Time next = last_take_.value_or(parts_.loop.now()) + kPause;
        if (parts_.loop.now() >= next && !try_tidy(true)) next = parts_.loop.now() + kLockRetry;
        if (!is_pause_due_) break;
        const loop::Wake wake = co_await parts_.loop.sleep_until(next, stop_tidying_);
        if (wake == loop::Wake::stopped) break;
    }
    is_tidying_ = false;
}

void Taker::answer(const Result<queue::TakeResult>& result) {
    if (!result) {
        answer_failure(result.error());
    } else if (const auto* faulty = std::get_if<queue::Faulty>(&*result)) {
        answer_fault(*faulty);
    } else {
        fault_is_over();
        if (const auto* taken = std::get_if<queue::Taken>(&*result)) {
            answer_taken(*taken);
        } else if (std::holds_alternative<queue::HeadMustWait>(*result)) {
            idle(model::HeadDoesNotFit{});
        } else {
            idle(model::QueueEmpty{});
        }
    }
}

void Taker::answer_failure(const Error& error) {
    if (parts_.is_daemon) {
        may_pass_unseen_ = true;
        wait_out(error.text() + "; trying again until it passes");
    } else {
        parts_.emit(model::QueueFailed{error.text()});
    }
}

void Taker::answer_fault(const queue::Faulty& faulty) {
    std::string text = faulty.diagnostics.render(*faulty.source);
    const std::string& name = faulty.source->name();
    if (parts_.is_daemon) {
        may_pass_unseen_ = false;
        wait_out(fmt::format("{}waiting for {} to be mended", text, name));
    } else {
        parts_.note(text);
        parts_.emit(model::QueueFailed{name + " is faulty"});
    }
}

void Taker::answer_taken(const queue::Taken& taken) {
    is_idle_ = false;
    if (taken.rejected) {
        const model::Job& job = taken.jobs.front();
        parts_.emit(model::JobTooBig{job, parts_.why_never(job.needs)});
    } else {
        ready_.assign(taken.jobs.begin(), taken.jobs.end());
        hand_out_next();
    }
}

void Taker::idle(model::Event answer) {
    is_idle_ = true;
    became_idle_.notify();
    parts_.emit(std::move(answer));
}

void Taker::wait_out(std::string text) {
    if (text != fault_) parts_.note(text);
    fault_ = std::move(text);
    idle(model::QueueEmpty{});
}

void Taker::fault_is_over() {
    may_pass_unseen_ = false;
    if (!std::exchange(fault_, {}).empty()) parts_.note("the queue can be taken from again");
}

loop::Task<> Taker::wait_and_take() {
    const Time since = parts_.loop.now();
    is_lock_noted_ = false;
    for (;;) {
        const loop::Wake wake = co_await wait_for_lock(since, stop_taking_);
        if (wake == loop::Wake::stopped || !parts_.engine.wants_jobs()) {
            store_held_until_.reset();
            store_wait_.end();
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
    const Time next = std::exchange(store_held_until_, std::nullopt).value_or(now + kLockRetry);
    co_return co_await parts_.loop.sleep_until(next, stop);
}

}  // namespace remuda::run
