// SPDX-License-Identifier: MIT
#include "ssh/log_in.h"

#include <chrono>
#include <utility>
#include <variant>

namespace remuda::ssh {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// A server that is too busy to greet us gets this many further tries, each after a longer pause.
constexpr int kMostPatientTries = 6;
constexpr auto kFirstPause = 200ms;

}  // namespace

Login::Login(Client::Shared& shared, HostSettings settings)
    : shared_(shared), host_(std::move(settings)), logins_(shared.loop, kMostAtOnce) {}

// What ssh reads and we do not would lead it elsewhere, without anybody having been told.
void Login::note_missing_algorithm(const Connection& connection) {
    const std::string& missing = connection.missing_algorithm();
    if (missing.empty() || !shared_.settings.ssh_config || !is_ssh_installed()) return;
    shared_.beyond_library.note(host_, missing);
}

Task<Result<Login::Connected>> Login::connect(Stop& stop) {
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

Task<Result<Login::Connected>> Login::try_connect(Trust::Arrival& arrival, Stop& stop) {
    std::string new_key;
    auto connected = co_await log_in(arrival, new_key, stop);
    if (connected || new_key.empty()) co_return std::move(connected);
    auto accepted = co_await shared_.trust.ask(host_, new_key, stop);
    if (!accepted) co_return accepted.error();
    co_return co_await log_in(arrival, new_key, stop);
}

Task<Result<Login::Connected>> Login::log_in(Trust::Arrival& arrival, std::string& new_key,
                                             Stop& stop) {
    // While it waits for those on the way to it, it is not on its own way to its key: the question
    // about the key of a jump host must not wait for those behind it.
    const bool waits_for_others =
        std::holds_alternative<JumpRoute>(host_.route) && !arrival.is_settled();
    if (waits_for_others) arrival.settle();
    const bool has_host_place = co_await logins_.enter(stop);
    if (!has_host_place) co_return Error(Code::stopped, "stopped");
    const PacerPlace host_place(logins_);
    Pacer& route_logins = shared_.reach->logins(host_);
    const bool has_place = co_await route_logins.enter(stop);
    if (!has_place) co_return Error(Code::stopped, "stopped");
    const PacerPlace place(route_logins);

    auto stream = co_await shared_.reach->connect(host_, stop);
    if (!stream) co_return stream.error();
    if (waits_for_others) arrival.set_out_again();
    const Time deadline = shared_.loop.now() + host_.login_timeout;
    auto connection = std::make_unique<Connection>(shared_.loop, std::move(stream).value(),
                                                   shared_.scratch, host_.name, shared_.log);
    if (auto adapted = connection->adapt_to(host_); !adapted) co_return adapted.error();
    auto shaken = co_await connection->handshake(shared_.trust.known_types(host_), deadline, stop);
    if (!shaken) {
        note_missing_algorithm(*connection);
        co_return shaken.error();
    }

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

}  // namespace remuda::ssh
