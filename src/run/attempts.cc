// SPDX-License-Identifier: MIT
#include "run/attempts.h"

#include "remuda/base/check.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/core.h>

namespace remuda::run {

using model::AttemptId;
using model::Outcome;
using transport::Happening;

namespace {

/// A refusal is reported so much later: most often the host broke, and the news of that should come
/// first, so that the job is not given to the same host again.
constexpr Duration kRefusalPause = std::chrono::milliseconds(100);

/// From KILL to giving it up, however short the job's grace is: that is for the job, not the way.
constexpr Duration kLeastAfterKill = std::chrono::seconds(5);

/// By how much a host may keep the time later than we do.
constexpr Duration kHostIsLate = std::chrono::seconds(5);

/// Before a command that has lost its connection is asked for again.
constexpr Duration kDetachPause = std::chrono::milliseconds(50);

constexpr const char* kCouldNotBeEnded = "its host could not be reached to end it";

/// What an end means of an attempt that was to be ended. `limit`: its time limit, if that is known.
Outcome outcome_of_ended(const transport::Ended& ended, model::EndReason reason, bool is_durable,
                         std::optional<Duration> limit) {
    const Outcome& outcome = ended.outcome;
    // The shim has run it, which tells by itself how it ended, and keeps its time.
    const bool was_shim = is_durable && ended.usage;
    if (reason == model::EndReason::timed_out) {
        const bool is_in_time = was_shim && (!limit || ended.usage->wall < *limit);
        if (is_in_time && !std::holds_alternative<model::Cancelled>(outcome)) return outcome;
        // What the command makes of TERM does not matter: its time was over.
        const bool is_known = !std::holds_alternative<model::Lost>(outcome) &&
                              !std::holds_alternative<model::NeverStarted>(outcome);
        return is_known ? model::TimedOut{} : outcome;
    }
    if (was_shim) return outcome;
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
    Running(model::AttemptId its_id, model::HostId its_host, loop::Stop& parent)
        : id(its_id), host(its_host), stop(parent) {}

    AttemptId id;
    model::HostId host;
    std::optional<model::Durable> durable;
    /// Null while it is not connected, and after its end.
    std::unique_ptr<transport::Execution> execution;
    /// What was told of its output.
    transport::Offsets offsets;
    /// The node refused it and that is not yet reported.
    bool is_refused = false;
    std::string refusal;
    Duration grace{0};
    std::optional<Duration> limit;
    bool is_ending = false;
    /// Its time is over, and its host is to see to that.
    bool is_overdue = false;
    /// Of either.
    model::EndReason reason = model::EndReason::stopped;
    /// A signal was given to its connection; whether that arrives is not known.
    bool was_signalled = false;
    /// When it wrote something last.
    Time heard;
    /// Its end has been reported.
    bool is_reported = false;
    loop::Notice ended;
    /// Ends the wait for its host.
    loop::Stop stop;
};

Attempts::Attempts(Parts parts) : parts_(std::move(parts)), crew_(parts_.loop, parts_.fail) {}

void Attempts::start(AttemptId id, model::HostId host, transport::Command command,
                     std::optional<model::Durable> durable) {
    auto running = std::make_shared<Running>(id, host, stop_);
    running->durable = std::move(durable);
    running->grace = command.grace;
    running->limit = command.time_limit;
    command.tells_began = true;
    running->execution = parts_.hosts.start(host, std::move(command));
    follow(running);
}

void Attempts::resume(AttemptId id, model::HostId host, const model::JobResumed& job) {
    auto running = std::make_shared<Running>(id, host, stop_);
    running->durable = job.durable;
    running->offsets = {job.out, job.err};
    running->grace = job.job.options.grace.value_or(parts_.grace);
    parts_.hosts.detached(id);
    follow(running);
}

void Attempts::follow(const RunningPtr& running) {
    running_.emplace(running->id, running);
    crew_.spawn(follow_one(running));
}

void Attempts::end(AttemptId id, model::EndReason reason) {
    const auto found = running_.find(id);
    if (found == running_.end() || found->second->is_ending) return;
    Running& running = *found->second;
    running.reason = reason;
    if (reason == model::EndReason::timed_out && running.durable) {
        running.is_overdue = true;
        crew_.spawn(end_overdue(found->second));
        return;
    }
    running.is_ending = true;
    crew_.spawn(end_one(found->second));
    released_.notify();
}

void Attempts::hold(bool is_held) {
    is_held_ = is_held;
    if (!is_held) released_.notify();
}

loop::Task<> Attempts::wait_while_held(const Running& running) {
    while (is_held_ && !running.is_ending) {
        const loop::Wake wake = co_await parts_.loop.wait(released_, kNever, stop_);
        if (wake == loop::Wake::stopped) co_return;
    }
}

void Attempts::abandon() {
    stop_.request();
    const std::map<AttemptId, RunningPtr> all = running_;
    for (const auto& [id, running] : all) {
        if (running->is_refused) {
            report(*running, model::AttemptRefused{id, running->refusal});
        } else if (running->durable) {
            const char* when =
                running->was_signalled ? "left while it was being ended" : "left while it ran";
            report(*running, model::AttemptLeft{id, when, running->was_signalled});
        } else {
            report(*running, model::AttemptEnded{id, model::Lost{"left while it ran"}});
        }
    }
}

void Attempts::leave(AttemptId id, const std::string& reason) {
    const auto found = running_.find(id);
    if (found == running_.end() || found->second->is_ending) return;
    report(*found->second, model::AttemptLeft{id, reason});
    // It is not told to end: it stays connected as long as we are.
    if (!found->second->execution) found->second->stop.request();
}

loop::Task<> Attempts::join() {
    co_await crew_.join();
}

loop::Task<> Attempts::follow_one(RunningPtr running) {
    for (bool goes_on = true; goes_on;) {
        if (!running->execution && !co_await attach(*running)) break;
        Happening happening = co_await running->execution->next();
        if (std::holds_alternative<transport::Began>(happening)) {
            if (!running->is_reported) parts_.emit(model::AttemptBegan{running->id});
            continue;
        }
        if (auto* output = std::get_if<transport::Output>(&happening)) {
            std::uint64_t& offset =
                output->stream == model::Stream::out ? running->offsets.out : running->offsets.err;
            offset += output->bytes.size();
            running->heard = parts_.loop.now();
            if (running->is_reported) continue;
            parts_.emit(
                model::OutputArrived{running->id, output->stream, std::move(output->bytes)});
            co_await wait_while_held(*running);
            // More may be there already, and as fast as it is read: the others come first.
            co_await parts_.loop.yield();
            continue;
        }
        if (auto* detached = std::get_if<transport::Detached>(&happening)) {
            if (detached->is_final) {
                report(*running, model::AttemptLeft{running->id, std::move(detached->reason)});
                break;
            }
            detach(*running, detached->reason);
            // The host itself may be known to be away only later.
            co_await parts_.loop.sleep_until(parts_.loop.now() + kDetachPause, running->stop);
            continue;
        }
        goes_on = false;
        if (auto* ended = std::get_if<transport::Ended>(&happening)) {
            Outcome outcome = running->is_ending || running->is_overdue
                                  ? outcome_of_ended(*ended, running->reason,
                                                     running->durable.has_value(), running->limit)
                                  : std::move(ended->outcome);
            report(*running, model::AttemptEnded{running->id, std::move(outcome), ended->usage,
                                                 std::nullopt, ended->cut});
        } else {
            running->is_refused = true;
            running->refusal = std::get<transport::Refused>(happening).reason;
            co_await parts_.loop.sleep_until(parts_.loop.now() + kRefusalPause, stop_);
            report(*running, model::AttemptRefused{running->id, running->refusal});
        }
    }
    running_.erase(running->id);
    running->execution.reset();
    running->ended.notify();
}

void Attempts::detach(Running& running, const std::string& reason) {
    running.execution.reset();
    parts_.hosts.detached(running.id);
    parts_.log(LogLevel::detail,
               fmt::format("attempt {}: {}; it goes on on its host", running.id.value, reason));
}

loop::Task<bool> Attempts::attach(Running& running) {
    const Time given_up = parts_.loop.now() + parts_.lost_after;
    while (!parts_.hosts.is_up(running.host)) {
        const loop::Wake wake =
            co_await parts_.loop.wait(parts_.hosts.changed(), given_up, running.stop);
        if (wake == loop::Wake::timeout) {
            report(running, model::AttemptLeft{running.id, running.is_ending
                                                               ? kCouldNotBeEnded
                                                               : "its host cannot be reached"});
        }
        if (wake == loop::Wake::timeout || wake == loop::Wake::stopped) co_return false;
    }
    REMUDA_CHECK(running.durable.has_value());
    const model::Durable& durable = *running.durable;
    running.execution =
        parts_.hosts.attach(running.id, running.host, durable, running.offsets, running.grace);
    if (running.is_ending) signal(running, "TERM");
    co_return true;
}

void Attempts::signal(Running& running, const char* name) {
    if (!running.execution) return;
    running.execution->signal(name);
    running.was_signalled = true;
}

// Its host counts from the moment at which it began, so that it is later than we are, and tells in
// what way it ended; were we first, a command that ends well when it is sent TERM would seem to
// have been in time. But where it runs by a channel nobody else keeps its time.
loop::Task<> Attempts::end_overdue(RunningPtr running) {
    while (!running->is_ending) {
        const bool was_connected = running->execution != nullptr;
        if (co_await ends_by(*running, parts_.loop.now() + kHostIsLate)) co_return;
        if (!was_connected || !running->execution || running->is_ending) continue;
        running->is_ending = true;
        released_.notify();
        co_await end_one(running);
    }
}

loop::Task<> Attempts::end_one(RunningPtr running) {
    signal(*running, "TERM");
    Time since = parts_.loop.now();
    if (co_await ends_by(*running, since + running->grace)) co_return;
    signal(*running, "KILL");
    const Duration patience = std::max(running->grace, kLeastAfterKill);
    // Its end is told behind what it wrote before, which may be much.
    do {
        since = parts_.loop.now();
        if (co_await ends_by(*running, since + patience)) co_return;
    } while (running->execution && running->heard > since);
    constexpr const char* unkillable = "it did not end after it was sent KILL";
    if (running->execution && !running->durable) {
        report(*running, model::AttemptEnded{running->id, model::Lost{unkillable}});
        co_return;
    }
    const char* why = running->execution ? unkillable : kCouldNotBeEnded;
    report(*running, model::AttemptLeft{running->id, why, running->was_signalled});
    if (!running->execution) running->stop.request();
}

loop::Task<bool> Attempts::ends_by(Running& running, Time deadline) {
    const loop::Wake wake = co_await parts_.loop.wait(running.ended, deadline, stop_);
    co_return wake != loop::Wake::timeout || running.is_reported;
}

void Attempts::report(Running& running, model::Event event) const {
    if (!std::exchange(running.is_reported, true)) parts_.emit(std::move(event));
}

}  // namespace remuda::run
