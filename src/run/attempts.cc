// SPDX-License-Identifier: MIT
#include "run/attempts.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace remuda::run {

using model::AttemptId;
using model::Outcome;
using transport::Happening;

namespace {

/// A refusal is reported so much later: most often the host broke, and the news of that should come
/// first, so that the job is not given to the same host again.
constexpr Duration kRefusalPause = std::chrono::milliseconds(100);

/// What an outcome means for an attempt that we sent signals to.
Outcome cancelled_or(const Outcome& outcome) {
    if (const auto* signalled = std::get_if<model::Signalled>(&outcome)) {
        if (signalled->signal == "TERM" || signalled->signal == "KILL") return model::Cancelled{};
    }
    // A shell reports its child's signal so, and many programs catch TERM to clean up.
    const auto* exited = std::get_if<model::Exited>(&outcome);
    if (exited != nullptr && exited->code != 0) return model::Cancelled{};
    return outcome;
}

}  // namespace

struct Attempts::Running {
    AttemptId id;
    std::unique_ptr<transport::Execution> execution;
    /// The node refused it and that is not yet reported.
    bool is_refused = false;
    std::string refusal;
    bool is_ending = false;
    /// Its end has been reported.
    bool is_reported = false;
    loop::Notice ended;
};

Attempts::Attempts(loop::Loop& loop, Duration grace, Emit emit, Crew::Fail fail)
    : loop_(loop), grace_(grace), emit_(std::move(emit)), crew_(loop, std::move(fail)) {}

void Attempts::follow(AttemptId id, std::unique_ptr<transport::Execution> execution) {
    auto running = std::make_shared<Running>();
    running->id = id;
    running->execution = std::move(execution);
    running_.emplace(id, running);
    crew_.spawn(follow_one(std::move(running)));
}

void Attempts::end(AttemptId id) {
    const auto found = running_.find(id);
    if (found == running_.end() || std::exchange(found->second->is_ending, true)) return;
    crew_.spawn(end_one(found->second));
    released_.notify();
}

void Attempts::hold(bool is_held) {
    is_held_ = is_held;
    if (!is_held) released_.notify();
}

loop::Task<> Attempts::wait_while_held(const Running& running) {
    while (is_held_ && !running.is_ending) {
        const loop::Wake wake = co_await loop_.wait(released_, kNever, stop_);
        if (wake == loop::Wake::stopped) co_return;
    }
}

void Attempts::abandon() {
    stop_.request();
    const std::map<AttemptId, RunningPtr> all = running_;
    for (const auto& [id, running] : all) {
        if (running->is_refused) {
            report(*running, model::AttemptRefused{id, running->refusal});
        } else {
            report(*running, model::AttemptEnded{id, model::Lost{"left while it ran"}});
        }
    }
}

loop::Task<> Attempts::join() {
    co_await crew_.join();
}

loop::Task<> Attempts::follow_one(RunningPtr running) {
    for (bool goes_on = true; goes_on;) {
        Happening happening = co_await running->execution->next();
        if (auto* output = std::get_if<transport::Output>(&happening)) {
            if (running->is_reported) continue;
            emit_(model::OutputArrived{running->id, output->stream, std::move(output->bytes)});
            co_await wait_while_held(*running);
            // More may be there already, and as fast as it is read: the others come first.
            co_await loop_.yield();
            continue;
        }
        goes_on = false;
        if (auto* ended = std::get_if<transport::Ended>(&happening)) {
            Outcome outcome =
                running->is_ending ? cancelled_or(ended->outcome) : std::move(ended->outcome);
            report(*running,
                   model::AttemptEnded{running->id, std::move(outcome), std::move(ended->usage)});
        } else if (auto* detached = std::get_if<transport::Detached>(&happening)) {
            report(*running, model::AttemptEnded{running->id, model::Lost{detached->reason}});
        } else {
            running->is_refused = true;
            running->refusal = std::get<transport::Refused>(happening).reason;
            co_await loop_.sleep_until(loop_.now() + kRefusalPause, stop_);
            report(*running, model::AttemptRefused{running->id, running->refusal});
        }
    }
    running_.erase(running->id);
    running->execution.reset();
    running->ended.notify();
}

loop::Task<> Attempts::end_one(RunningPtr running) {
    for (const char* signal : {"TERM", "KILL"}) {
        if (!running->execution) co_return;
        running->execution->signal(signal);
        const loop::Wake wake = co_await loop_.wait(running->ended, loop_.now() + grace_, stop_);
        if (wake != loop::Wake::timeout) co_return;
    }
    report(*running,
           model::AttemptEnded{running->id, model::Lost{"it did not end after it was sent KILL"}});
}

void Attempts::report(Running& running, model::Event event) {
    if (!std::exchange(running.is_reported, true)) emit_(std::move(event));
}

}  // namespace remuda::run
