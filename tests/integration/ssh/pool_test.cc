// SPDX-License-Identifier: MIT
//
// Many commands, limits of the server, and its end, against real OpenSSH servers on loopback.
#include "ssh_world.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <signal.h>
#include <unistd.h>

using namespace std::chrono_literals;
using remuda::Code;
using remuda::Error;
using remuda::loop::Loop;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::model::Exited;
using remuda::model::Lost;
using remuda::model::Outcome;
using remuda::model::Signalled;
using remuda::test::CommandResult;
using remuda::test::host_of;
using remuda::test::logins;
using remuda::test::Opened;
using remuda::test::run_many_on;
using remuda::test::run_on;
using remuda::test::Sshd;
using remuda::test::User;
using remuda::test::with_config;
using remuda::test::with_host;
using remuda::transport::Command;
using remuda::transport::Execution;
using remuda::transport::Transport;

TEST_CASE("fifty commands at once on a default server share at most seven connections") {
    remuda::test::require_sshd();
    const Sshd server;
    const auto results = run_many_on(server, 50, "sleep 0.2; echo $$");
    std::set<std::string> shells;
    for (const CommandResult& result : results) {
        CHECK(result.outcome == Outcome(Exited{0}));
        shells.insert(result.out);
    }
    CHECK(shells.size() == 50);
    CHECK(logins(server) <= 7);
}

TEST_CASE("a server that allows two sessions a connection gets further connections") {
    remuda::test::require_sshd();
    const Sshd server(with_config("MaxSessions 2\n"));
    for (const CommandResult& result : run_many_on(server, 12, "sleep 0.1")) {
        CHECK(result.refusal.empty());
        CHECK(result.outcome == Outcome(Exited{0}));
    }
}

TEST_CASE("on a server that allows one session a connection no command is refused") {
    remuda::test::require_sshd();
    const Sshd server(with_config("MaxSessions 1\n"));
    User user;
    user.trust(server);
    Loop loop;
    std::vector<CommandResult> results(60);
    with_host(loop, user, host_of(server), [&](Transport& transport) -> Task<> {
        for (CommandResult& result : results)
            co_await remuda::test::run_command(transport, "true", result);
    });
    for (const CommandResult& result : results) {
        CHECK(result.refusal.empty());
        CHECK(result.outcome == Outcome(Exited{0}));
    }
}

TEST_CASE("a server that allows no session at all refuses the command without running it") {
    remuda::test::require_sshd();
    const Sshd server(with_config("MaxSessions 0\n"));
    const auto results = run_many_on(server, 2, "true");
    CHECK(results[0].refusal == "the server refuses to open a session channel");
    CHECK(results[1].refusal == "the server refuses to open a session channel");
}

TEST_CASE("five hundred short commands over one connection each give their own code") {
    remuda::test::require_sshd();
    const Sshd server;
    for (const CommandResult& result : run_many_on(server, 500, "exit 7")) {
        REQUIRE(result.outcome == Outcome(Exited{7}));
    }
}

TEST_CASE("a channel that closes without a status is lost, never a success") {
    remuda::test::require_sshd();
    const Sshd server(with_config("ChannelTimeout session:command=1s\n"));
    const CommandResult result = run_on(server, "sleep 1000");
    CHECK(std::holds_alternative<Lost>(result.outcome));
}

namespace {

Task<> kill_server(Transport& transport, Sshd& server, CommandResult& result, Error& failure) {
    Command command{"echo up; sleep 1000"};
    const auto execution = transport.start(std::move(command));
    co_await execution->next();
    server.kill_now();
    co_await remuda::test::collect(*execution, result);

    CommandResult next;
    co_await remuda::test::run_command(transport, "true", next);
    CHECK(next.refusal == "Connection refused");
    Stop stop;
    failure = co_await transport.failed(stop);
}

}  // namespace

TEST_CASE("when the server dies its command is lost, the next is refused and the host has failed") {
    remuda::test::require_sshd();
    Sshd server;
    User user;
    user.trust(server);
    Loop loop;
    CommandResult result;
    Error failure(Code::stopped, "");
    const Opened opened = with_host(loop, user, host_of(server), [&](Transport& transport) {
        return kill_server(transport, server, result, failure);
    });
    REQUIRE(opened.result);
    CHECK(std::holds_alternative<Lost>(result.outcome));
    CHECK(failure.code() == Code::unreachable);
}

namespace {

struct Crowd {
    std::vector<std::unique_ptr<Execution>> running;
    CommandResult waiting;
    std::vector<pid_t> sessions;
    Error failure{Code::stopped, ""};
};

// Eight commands run on the only connection, a ninth waits: the listener is gone, so that there is
// no further connection.
Task<std::unique_ptr<Execution>> crowd(Transport& transport, const Sshd& server, Crowd& all) {
    for (int i = 0; i < 8; ++i) {
        Command command{"echo up; sleep 1000"};
        all.running.push_back(transport.start(std::move(command)));
        co_await all.running.back()->next();
    }
    all.sessions = server.session_processes();
    ::kill(server.pid(), SIGKILL);
    Command command{"true"};
    co_return transport.start(std::move(command));
}

Task<> withdraw(Transport& transport, const Sshd& server, Crowd& all) {
    const auto waiting = co_await crowd(transport, server, all);
    waiting->signal("TERM");
    co_await remuda::test::collect(*waiting, all.waiting);
}

Task<> lose_everything(Loop& loop, Transport& transport, const Sshd& server, Crowd& all) {
    const auto waiting = co_await crowd(transport, server, all);
    // Its attempt to connect has failed when the note comes; then the sessions go as well.
    Stop stop;
    co_await loop.sleep_until(loop.now() + 50ms, stop);
    for (const pid_t session : all.sessions)
        ::kill(session, SIGKILL);
    co_await remuda::test::collect(*waiting, all.waiting);
    all.failure = co_await transport.failed(stop);
    for (const auto& execution : all.running) {
        CommandResult result;
        co_await remuda::test::collect(*execution, result);
        CHECK(std::holds_alternative<Lost>(result.outcome));
    }
}

}  // namespace

TEST_CASE("a command that waits for a channel and is asked to end was never started") {
    remuda::test::require_sshd();
    const Sshd server;
    User user;
    user.trust(server);
    Loop loop;
    Crowd all;
    with_host(loop, user, host_of(server),
              [&](Transport& transport) { return withdraw(transport, server, all); });
    for (const pid_t session : all.sessions)
        ::kill(session, SIGKILL);
    CHECK(all.waiting.refusal == "ended before it was sent");
}

TEST_CASE("a host that dies while a further connection is waited for has failed") {
    remuda::test::require_sshd();
    const Sshd server;
    User user;
    user.trust(server);
    Loop loop;
    Crowd all;
    with_host(loop, user, host_of(server),
              [&](Transport& transport) { return lose_everything(loop, transport, server, all); });
    CHECK(all.waiting.refusal == "Connection refused");
    CHECK(all.failure.code() == Code::unreachable);
}

namespace {

Task<> cancel(Transport& transport, CommandResult& result) {
    Command command{"echo up; sleep 1000 & wait"};
    const auto execution = transport.start(std::move(command));
    co_await execution->next();
    execution->signal("TERM");
    co_await remuda::test::collect(*execution, result);
}

}  // namespace

// OpenSSH passes signals on for ordinary users only: a login as root has no privileged monitor.
TEST_CASE("a signal reaches the remote command" * doctest::skip(::geteuid() == 0)) {
    remuda::test::require_sshd();
    const Sshd server;
    User user;
    user.trust(server);
    Loop loop;
    CommandResult result;
    with_host(loop, user, host_of(server),
              [&](Transport& transport) { return cancel(transport, result); });
    CHECK(result.outcome == Outcome(Signalled{"TERM"}));
}

TEST_CASE("output that nobody reads holds the command back and loses nothing") {
    remuda::test::require_sshd();
    const Sshd server;
    User user;
    user.trust(server);
    Loop loop;
    CommandResult slow;
    CommandResult other;
    with_host(loop, user, host_of(server), [&](Transport& transport) -> Task<> {
        Command command{"head -c 3000000 /dev/zero"};
        const auto execution = transport.start(std::move(command));
        // Meanwhile another command on the same connection runs to its end.
        co_await remuda::test::run_command(transport, "echo other", other);
        co_await remuda::test::collect(*execution, slow);
    });
    CHECK(other.out == "other\n");
    CHECK(slow.out.size() == 3'000'000);
}
