// SPDX-License-Identifier: MIT
#include "ssh/host_transport.h"

#include "remuda/base/check.h"
#include "ssh/dial.h"

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

// sshd drops connections at random beyond 10 that have not logged in (MaxStartups 10:30:100).
constexpr std::size_t kMostLoginsAHost = 8;
// A server that is too busy to greet us gets this many further tries, each after a longer pause.
constexpr int kMostPatientTries = 6;
constexpr auto kFirstPause = 200ms;
constexpr auto kLongestGrowthPause = 30s;
// A server frees a channel's place a moment after it has closed it.
constexpr int kMostBareRefusals = 5;
constexpr auto kRestAfterRefusal = 50ms;
constexpr int kMostFruitlessConnections = 3;

}  // namespace

HostTransport::HostTransport(Client::Shared& shared, HostSettings settings)
    : shared_(shared),
      host_(std::move(settings)),
      growth_pause_(kFirstPause),
      logins_(shared.loop, kMostLoginsAHost),
      scope_(shared.loop) {}

HostTransport::~HostTransport() = default;

Task<Result<void>> HostTransport::open(Stop& stop) {
    auto connected = co_await connect(stop);
    if (!connected) co_return connected.error();
    add(std::move(connected).value());
    co_return Result<void>();
}

Task<Result<HostTransport::Connected>> HostTransport::connect(Stop& stop) {
    // Before the first wait, so that every host of the run is counted when the first arrives.
    Trust::Arrival arrival(shared_.trust);
    for (int tries = 0;; ++tries) {
        auto connected = co_await try_connect(arrival, stop);
        if (connected) co_return std::move(connected).value();
        const bool is_busy = connected.error().code() == Code::busy;
        if (!is_busy || tries == kMostPatientTries) co_return connected.error();
        const auto pause = kFirstPause * (1 << tries);
        const auto jitter =
            std::chrono::milliseconds(shared_.random() % static_cast<unsigned>(pause / 1ms));
        const Wake wake =
            co_await shared_.loop.sleep_until(shared_.loop.now() + pause / 2 + jitter, stop);
        if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
    }
}

Task<Result<HostTransport::Connected>> HostTransport::try_connect(Trust::Arrival& arrival,
                                                                  Stop& stop) {
    std::string new_key;
    auto connected = co_await log_in(arrival, new_key, stop);
    if (connected || new_key.empty()) co_return std::move(connected);
    auto accepted = co_await shared_.trust.ask(host_, new_key, stop);
    if (!accepted) co_return accepted.error();
    co_return co_await log_in(arrival, new_key, stop);
}

Task<Result<HostTransport::Connected>> HostTransport::log_in(Trust::Arrival& arrival,
                                                             std::string& new_key, Stop& stop) {
    const bool has_host_place = co_await logins_.enter(stop);
    if (!has_host_place) co_return Error(Code::stopped, "stopped");
    const PacerPlace host_place(logins_);
    const bool has_place = co_await shared_.logins.enter(stop);
    if (!has_place) co_return Error(Code::stopped, "stopped");
    const PacerPlace place(shared_.logins);

    loop::Loop& loop = shared_.loop;
    auto socket =
        co_await dial(loop, host_.host_name, host_.port, loop.now() + host_.connect_timeout, stop);
    if (!socket) co_return socket.error();
    const Time deadline = loop.now() + host_.login_timeout;
    auto connection = std::make_unique<Connection>(loop, std::move(socket).value(), shared_.scratch,
                                                   host_.name, shared_.log);
    if (auto adapted = connection->adapt_to(host_); !adapted) co_return adapted.error();
    auto shaken = co_await connection->handshake(shared_.trust.known_types(host_), deadline, stop);
    if (!shaken) co_return shaken.error();

    auto judged = shared_.trust.judge(host_, connection->host_key());
    if (!judged) co_return judged.error();
    arrival.settle();
    if (*judged == Trust::Answer::ask_first) {
        new_key = connection->host_key();
        co_return Error(Code::not_authorised, "host key not known");
    }
    Agent* const agent = shared_.agents.at(host_.agent_socket);
    const Identities::Wanted wanted{host_.identity_files, host_.identities_only};
    auto offer = co_await shared_.identities.offer(wanted, agent, deadline, stop);
    auto authenticated =
        co_await connection->authenticate(host_.user, std::move(offer), agent, deadline, stop);
    if (!authenticated) co_return authenticated.error();
    co_return connection;
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
        shared_.log(LogLevel::detail, fmt::format("{}: {}", host_.name, reason.text()));
    }
    for (auto& [job, may_have_started] : connection.unfinished()) {
        job->on_poke = nullptr;
        if (may_have_started) {
            job->finish(transport::Ended{model::Lost{reason.text()}});
        } else if (is_closing_) {
            job->finish(transport::Refused{reason.text()});
        } else {
            enqueue(job, true);
        }
    }
}

// While it waits, what it wants is to be let go of.
void HostTransport::enqueue(const std::shared_ptr<RemoteJob>& job, bool first) {
    const std::weak_ptr<RemoteJob> waiting = job;
    job->on_poke = [this, waiting] {
        if (const auto poked = waiting.lock()) withdraw(poked);
    };
    pending_.insert(first ? pending_.begin() : pending_.end(), job);
}

void HostTransport::withdraw(const std::shared_ptr<RemoteJob>& job) {
    if (job->wanted_signal() == nullptr || std::erase(pending_, job) == 0) return;
    job->on_poke = nullptr;
    job->finish(transport::Refused{"ended before it was sent"});
}

std::unique_ptr<transport::Execution> HostTransport::start(transport::Command command) {
    auto job = std::make_shared<RemoteJob>(shared_.loop, std::move(command.script));
    if (failure_) {
        job->finish(transport::Refused{failure_->text()});
    } else {
        enqueue(job, false);
        dispatch();
    }
    return execution_of(std::move(job));
}

void HostTransport::dispatch() {
    if (is_closing_ || failure_) return;
    for (const Connected& connection : connections_) {
        while (!pending_.empty() && connection->has_room()) {
            connection->start(std::move(pending_.front()));
            pending_.pop_front();
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
    while (connecting_ < std::min(needed, kMostLoginsAHost)) {
        ++connecting_;
        scope_.spawn(grow());
    }
}

Task<> HostTransport::grow() {
    auto connected = co_await connect(stop_);
    --connecting_;
    if (is_closing_) co_return;
    if (connected) {
        if (fruitless_connections_ == 0) growth_pause_ = kFirstPause;
        add(std::move(connected).value());
        co_return;
    }
    if (!connections_.empty()) {
        // The jobs go on over the connections there are.
        shared_.log(LogLevel::detail, fmt::format("{}: no further connection: {}", host_.name,
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
    refuse_pending(reason.text());
}

void HostTransport::refuse_pending(const std::string& reason) {
    for (const auto& job : std::exchange(pending_, {})) {
        job->on_poke = nullptr;
        job->finish(transport::Refused{reason});
    }
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
    enqueue(job, true);
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
    refuse_pending("closing");
    co_await scope_.join();
}

}  // namespace remuda::ssh
