// SPDX-License-Identifier: MIT
#include "ssh/log_in.h"

#include "remuda/base/text.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <variant>

#include <fmt/core.h>

namespace remuda::ssh {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// A server that is too busy to greet us gets this many further tries, each after a longer pause.
constexpr int kMostPatientTries = 6;
constexpr auto kFirstPause = 200ms;
// sshd cuts a connection at the sixth refusal (MaxAuthTries). Since 9.8 it keeps out, for a while,
// who was refused on three or four connections within seconds (PerSourcePenalties).
constexpr int kMostCuts = 3;

}  // namespace

Login::Login(Client::Shared& shared, HostSettings settings)
    : shared_(shared), host_(std::move(settings)), logins_(shared.loop, kMostAtOnce) {}

// What ssh reads and we do not would lead it elsewhere, without anybody having been told.
bool Login::may_go_by_ssh() const {
    return shared_.settings.ssh_config && is_ssh_installed();
}

void Login::note_missing_algorithm(const Connection& connection) {
    const std::string& missing = connection.missing_algorithm();
    if (missing.empty() || !may_go_by_ssh()) return;
    shared_.beyond_library.note(host_, missing);
}

Task<Result<Login::Connected>> Login::connect(Stop& stop) {
    // Before the first wait, so that every host of the run is counted when the first arrives.
    Trust::Arrival arrival(shared_.trust);
    Attempts attempts;
    for (int tries = 0;; ++tries) {
        auto connected = co_await try_connect(arrival, attempts, stop);
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

Task<Result<Login::Connected>> Login::try_connect(Trust::Arrival& arrival, Attempts& attempts,
                                                  Stop& stop) {
    using Kind = Obstacle::Kind;
    for (;;) {
        Obstacle obstacle;
        auto connected = co_await log_in(arrival, attempts, obstacle, stop);
        if (obstacle.kind == Kind::new_host_key) {
            auto accepted = co_await shared_.trust.ask(host_, obstacle.what, stop);
            if (!accepted) co_return accepted.error();
        } else if (obstacle.kind == Kind::locked_key) {
            co_await shared_.identities.unlock(obstacle.what, stop);
            if (stop.is_requested()) co_return Error(Code::stopped, "stopped");
        } else if (obstacle.kind == Kind::none || ++attempts.cuts == kMostCuts) {
            co_return std::move(connected);
        }
    }
}

Task<Result<Login::Connected>> Login::log_in(Trust::Arrival& arrival, Attempts& attempts,
                                             Obstacle& obstacle, Stop& stop) {
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
        obstacle = {Obstacle::Kind::new_host_key, connection->host_key()};
        co_return Error(Code::not_authorised, "host key not known");
    }
    auto authenticated = co_await authenticate(*connection, attempts, obstacle, deadline, stop);
    if (!authenticated) co_return authenticated.error();
    co_return connection;
}

Task<Result<void>> Login::authenticate(Connection& connection, Attempts& attempts,
                                       Obstacle& obstacle, Time deadline, Stop& stop) {
    Credentials with;
    with.user = host_.user;
    with.agent = shared_.agents.at(host_.agent_socket);
    with.password = host_.takes_password ? shared_.settings.password.get() : nullptr;
    std::ranges::copy_if(host_.authentications, std::back_inserter(with.methods),
                         [&](const std::string& method) {
                             return method == "publickey" || with.password != nullptr;
                         });
    Identities::Wanted wanted{host_.identity_files, host_.certificate_files, host_.identities_only};
    wanted.may_ask = host_.asks_passphrases;
    wanted.with_security_keys = may_go_by_ssh();
    with.offer = co_await shared_.identities.offer(std::move(wanted), with.agent, deadline, stop);
    auto& candidates = with.offer.candidates;
    const auto known =
        std::ranges::find(candidates, accepted_, &Identities::Candidate::public_blob);
    if (!accepted_.empty() && known != candidates.end()) {
        std::rotate(candidates.begin(), known, known + 1);
    }

    auto ended = co_await connection.authenticate(with, attempts, deadline, stop);
    if (!ended) co_return ended.error();
    if (!ended->key.empty()) accepted_ = ended->key;
    if (ended->kind == LoginEnd::Kind::logged_in) co_return Result<void>();
    connection.hang_up();
    if (ended->kind == LoginEnd::Kind::locked) {
        obstacle = {Obstacle::Kind::locked_key, ended->path};
        co_return Error(Code::not_authorised, ended->path + " needs a passphrase");
    }
    if (ended->kind == LoginEnd::Kind::security_key) {
        const std::string why = "the security key " + sanitised(ended->path, false);
        shared_.beyond_library.note(host_, why);
        co_return Error(Code::protocol, why + " signs for ssh alone");
    }
    shared_.log(LogLevel::detail, fmt::format("{}: the server cut the connection after {} keys",
                                              host_.name, attempts.refused_keys.size()));
    obstacle = {Obstacle::Kind::cut, {}};
    co_return Error(Code::not_authorised,
                    fmt::format("login as {} refused: {} keys were refused over several "
                                "connections, and there are more: name the right one (host: "
                                "{{identity_file: ...}})",
                                host_.user, attempts.refused_keys.size()));
}

}  // namespace remuda::ssh
