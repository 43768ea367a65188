// SPDX-License-Identifier: MIT
//
// Client::check: one login to a host, and what it shows.
#include "ssh/host_transport.h"
#include "ssh/known_hosts.h"
#include "ssh/log_in.h"
#include "ssh/resolved_transport.h"
#include "ssh/shared.h"

#include <algorithm>
#include <utility>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;

namespace {

constexpr auto kAnswerTime = std::chrono::seconds(10);

Task<> check_by_library(Client::Shared& shared, HostSettings settings, HostCheck& check,
                        Stop& stop) {
    Login login(shared, std::move(settings));
    const Time begin = shared.loop.now();
    auto connected = co_await login.connect(stop);
    if (!connected) {
        check.failure = connected.error();
        co_return;
    }
    Connection& connection = **connected;
    check.login_time = shared.loop.now() - begin;
    const std::string key = connection.host_key();
    check.host_key_type = shown_key_type(key);
    check.fingerprint = fingerprint(key);
    Connection::Description description = connection.describe();
    check.identity = std::move(description.identity);
    check.server = std::move(description.server);
    check.key_exchange = std::move(description.key_exchange);
    check.host_key_algorithm = std::move(description.host_key_algorithm);
    check.cipher = std::move(description.cipher);
    check.mac = std::move(description.mac);
    auto trip = co_await connection.round_trip(shared.loop.now() + kAnswerTime, stop);
    if (!trip) {
        check.failure = trip.error();
        co_return;
    }
    check.round_trip = *trip;
    // Right behind the login the answer may wait 40 ms at the server for an acknowledgement that a
    // jump host puts off. A server that serves one channel may hang up at the second.
    auto second = co_await connection.round_trip(shared.loop.now() + kAnswerTime, stop);
    if (second) check.round_trip = std::min(*trip, *second);
    connection.hang_up();
}

// `true` is what shows that the host runs commands, and how long one takes.
Task<> run_true(Client::Shared& shared, transport::Transport& transport, HostCheck& check,
                Stop& stop) {
    if (stop.is_requested()) co_return;
    const Time begin = shared.loop.now();
    const auto execution = transport.start({"true"});
    for (;;) {
        const transport::Happening happening = co_await execution->next();
        if (const auto* refused = std::get_if<transport::Refused>(&happening)) {
            check.failure = Error(Code::unreachable, refused->reason);
        } else if (std::holds_alternative<transport::Ended>(happening)) {
            check.round_trip = shared.loop.now() - begin;
        } else {
            continue;
        }
        co_return;
    }
}

Task<> check_by_ssh(Client::Shared& shared, const model::Host& host, Way way, HostCheck& check,
                    Stop& stop) {
    const auto made = make_transport(shared, host, std::move(way));
    transport::Transport& transport = *made;
    const Time begin = shared.loop.now();
    auto opened = co_await transport.open(stop);
    if (opened) {
        check.login_time = shared.loop.now() - begin;
        co_await run_true(shared, transport, check, stop);
    } else {
        check.failure = opened.error();
    }
    co_await transport.close(shared.loop.now() + kAnswerTime);
}

}  // namespace

Task<HostCheck> Client::check(model::Host host, Stop& stop) {
    HostCheck check;
    Result<Way> way = Error(Code::stopped, "stopped");
    {
        const Trust::Arrival arrival(shared_->trust);
        way = co_await find_way(*shared_, host, stop);
    }
    if (!way) {
        check.failure = way.error();
        co_return check;
    }
    check.way = *way;
    if (way->kind == Way::Kind::library) {
        co_await check_by_library(*shared_, way->settings, check, stop);
        co_await shared_->reach->rest();
        if (!check.failure) co_return check;
        auto other = co_await find_other_way(*shared_, host, *check.failure, stop);
        if (!other) co_return check;
        check = HostCheck();
        check.way = *other;
        way = std::move(*other);
    }
    co_await check_by_ssh(*shared_, host, *way, check, stop);
    co_return check;
}

Task<Result<Way>> Client::way(model::Host host, Stop& stop) {
    co_return co_await find_way(*shared_, std::move(host), stop);
}

}  // namespace remuda::ssh
