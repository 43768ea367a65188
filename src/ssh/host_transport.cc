// SPDX-License-Identifier: MIT
#include "ssh/host_transport.h"

#include "remuda/base/check.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/core.h>

namespace remuda::ssh {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

constexpr auto kFirstPause = 200ms;
constexpr auto kLongestGrowthPause = 30s;
// A server frees a channel's place a moment after it has closed it.
constexpr int kMostBareRefusals = 5;
constexpr auto kRestAfterRefusal = 50ms;
constexpr int kMostFruitlessConnections = 3;

}  // namespace

HostTransport::HostTransport(Client::Shared& shared, HostSettings settings)
    : shared_(shared),
      login_(shared, std::move(settings)),
      growth_pause_(kFirstPause),
      scope_(shared.loop) {}

HostTransport::~HostTransport() = default;

Task<Result<void>> HostTransport::open(Stop& stop) {
    auto connected = co_await login_.connect(stop);
    if (!connected) co_return connected.error();
    add(std::move(connected).value());
    co_return Result<void>();
}

void HostTransport::add(Connected connection) {
    Connection& added = *connection;
    connections_.push_back(std::move(connection));
    scope_.spawn(serve(added));
    dispatch();
}

Task<> HostTransport::serve(Connection& connection) {
    const Error reason = co_await connection.serve(*this, stop_);
    settle_broken(connection, reason);
    const bool was_fruitless = !connection.has_served();
    std::erase_if(connections_, [&](const Connected& each) { return each.get() == &connection; });
    fruitless_connections_ = was_fruitless ? fruitless_connections_ + 1 : 0;
    if (fruitless_connections_ >= kMostFruitlessConnections && connections_.empty() &&
        connecting_ == 0 && !is_closing_) {
        fail(reason.within("logins succeed, but no connection lasts"));
        co_return;
    }
    // A connection that breaks at once is not replaced at once; without any, an old pause is over.
    if (was_fruitless) {
        pause_growth();
    } else if (connections_.empty()) {
        no_growth_before_ = Time();
    }
    dispatch();
}

Task<> HostTransport::dispatch_at(Time time) {
    co_await shared_.loop.sleep_until(time, stop_);
    dispatch();
}

void HostTransport::pause_growth() {
    no_growth_before_ = shared_.loop.now() + growth_pause_;
    growth_pause_ = std::min<std::chrono::nanoseconds>(growth_pause_ * 2, kLongestGrowthPause);
    scope_.spawn(dispatch_at(no_growth_before_));
}

void HostTransport::settle_broken(Connection& connection, const Error& reason) {
    if (!connection.is_retired() && !is_closing_) {
        shared_.log(LogLevel::detail, fmt::format("{}: {}", login_.settings().name, reason.text()));
    }
    for (auto& [job, may_have_started] : connection.unfinished()) {
        job->on_poke = nullptr;
        if (may_have_started) {
            job->finish(transport::Ended{model::Lost{reason.text()}});
        } else if (is_closing_) {
            job->finish(transport::Refused{reason.text()});
        } else {
            pending_.add_first(job);
        }
    }
}

std::unique_ptr<transport::Execution> HostTransport::start(transport::Command command) {
    auto job = job_of(shared_.loop, command);
    if (job->is_finished()) return execution_of(std::move(job));
    if (failure_) {
        job->finish(transport::Refused{failure_->text()});
    } else {
        pending_.add_last(job);
        dispatch();
    }
    return execution_of(std::move(job));
}

void HostTransport::dispatch() {
    if (is_closing_ || failure_) return;
    for (const Connected& connection : connections_) {
        while (!pending_.empty() && connection->has_room()) {
            connection->start(pending_.take_next());
        }
    }
    grow_if_needed();
}

// Another connection for what has no channel, as many as are needed at the channels one takes.
void HostTransport::grow_if_needed() {
    if (pending_.empty() || shared_.loop.now() < no_growth_before_) return;
    std::size_t capacity = Connection::kMostChannels;
    for (const Connected& connection : connections_) {
        capacity = std::min(capacity, connection->capacity());
    }
    const std::size_t needed = (pending_.size() + capacity - 1) / capacity;
    while (connecting_ < std::min(needed, Login::kMostAtOnce)) {
        ++connecting_;
        scope_.spawn(grow());
    }
}

Task<> HostTransport::grow() {
    auto connected = co_await login_.connect(stop_);
    --connecting_;
    if (is_closing_) co_return;
    if (connected) {
        if (fruitless_connections_ == 0) growth_pause_ = kFirstPause;
        add(std::move(connected).value());
        co_return;
    }
    if (!connections_.empty()) {
        // The jobs go on over the connections there are.
        shared_.log(LogLevel::detail,
                    fmt::format("{}: no further connection: {}", login_.settings().name,
                                connected.error().text()));
        pause_growth();
    } else if (connecting_ == 0) {
        fail(connected.error());
    }
}

void HostTransport::fail(const Error& reason) {
    failure_ = reason;
    // Before the refusals, so that nobody sends these jobs back here.
    failed_.notify();
    pending_.refuse_all(reason.text());
}

void HostTransport::on_done(Connection& /*connection*/) {
    bare_refusals_ = 0;
    dispatch();
}

void HostTransport::on_refused(Connection& connection, std::shared_ptr<RemoteJob> job) {
    // With nothing else on the connection the server has no room at all. That passes if it is still
    // about to close an earlier channel; that it says so again and again is its last word.
    if (connection.active() == 0) {
        if (++bare_refusals_ >= kMostBareRefusals) {
            job->on_poke = nullptr;
            job->finish(transport::Refused{"the server refuses to open a session channel"});
            return;
        }
        const Time rested = shared_.loop.now() + kRestAfterRefusal * bare_refusals_;
        connection.rest_until(rested);
        scope_.spawn(dispatch_at(rested));
    }
    pending_.add_first(job);
    dispatch();
}

Task<Error> HostTransport::failed(Stop& stop) {
    while (!failure_) {
        const Wake wake = co_await shared_.loop.wait(failed_, kNever, stop);
        if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
    }
    co_return *failure_;
}

Task<> HostTransport::close(Time /*deadline*/) {
    is_closing_ = true;
    stop_.request();
    pending_.refuse_all("closing");
    co_await scope_.join();
    co_await shared_.reach->rest();
}

}  // namespace remuda::ssh
