// SPDX-License-Identifier: MIT
//
// The ssh room against real OpenSSH servers on loopback.
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/ssh/client.h"
#include "support/execution.h"
#include "support/sshd.h"

#include <algorithm>
#include <chrono>
#include <functional>
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
using remuda::kNever;
using remuda::Log;
using remuda::LogLevel;
using remuda::Result;
using remuda::loop::Loop;
using remuda::loop::Scope;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::model::Exited;
using remuda::model::Host;
using remuda::model::Lost;
using remuda::model::Outcome;
using remuda::model::Signalled;
using remuda::ssh::Client;
using remuda::ssh::HostKeyPolicy;
using remuda::ssh::Settings;
using remuda::test::CommandResult;
using remuda::test::KeyType;
using remuda::test::Sshd;
using remuda::test::SshdOptions;
using remuda::test::SshKeys;
using remuda::test::TempDir;
using remuda::transport::Command;
using remuda::transport::Execution;
using remuda::transport::Transport;

namespace {

// A user with a home of their own, who trusts the servers given.
class User {
  public:
    User() {
        settings.home = home.path();
        settings.known_hosts = {home.path("known_hosts")};
        settings.user = remuda::test::current_user();
    }
    void trust(const Sshd& server) {
        known += server.known_hosts();
        REQUIRE(remuda::replace_file(home.path("known_hosts"), known));
    }

    TempDir home;
    Settings settings;
    std::string known;
};

Host host_of(const Sshd& server, KeyType key = KeyType::ed25519) {
    Host host;
    host.name = server.address();
    host.port = server.port();
    host.identity_files = {SshKeys::shared().user_key(key)};
    return host;
}

using Story = std::function<Task<>(Transport&)>;

struct Opened {
    Result<void> result = Error(Code::stopped, "not tried");
    std::string notes;
};

Task<> open_and_run(Loop& loop, Transport& transport, Story story, Opened& opened) {
    Stop stop;
    opened.result = co_await transport.open(stop);
    if (opened.result && story) co_await story(transport);
    co_await transport.close(loop.now() + 2s);
}

// Opens the host, lets the story happen, closes it.
Opened with_host(Loop& loop, const User& user, const Host& host, const Story& story = nullptr) {
    Opened opened;
    Log log(LogLevel::protocol,
            [&](LogLevel, std::string_view text) { opened.notes += std::string(text) + "\n"; });
    Client client(loop, user.settings, log);
    const auto transport = client.transport(host);
    loop.run(open_and_run(loop, *transport, story, opened));
    return opened;
}

CommandResult run_on(const Sshd& server, const std::string& script,
                     KeyType key = KeyType::ed25519) {
    User user;
    user.trust(server);
    Loop loop;
    CommandResult result;
    const Opened opened = with_host(loop, user, host_of(server, key), [&](Transport& transport) {
        return remuda::test::run_command(transport, script, result);
    });
    INFO((opened.result ? "" : opened.result.error().text()));
    REQUIRE(opened.result);
    return result;
}

Task<> run_many(Loop& loop, Transport& transport, const std::string& script,
                std::vector<CommandResult>& results) {
    Scope scope(loop);
    for (CommandResult& result : results) {
        scope.spawn(remuda::test::run_command(transport, script, result));
    }
    co_await scope.join();
}

std::vector<CommandResult> run_many_on(const Sshd& server, std::size_t count,
                                       const std::string& script) {
    User user;
    user.trust(server);
    Loop loop;
    std::vector<CommandResult> results(count);
    const Opened opened = with_host(loop, user, host_of(server), [&](Transport& transport) {
        return run_many(loop, transport, script, results);
    });
    REQUIRE(opened.result);
    return results;
}

std::size_t logins(const Sshd& server) {
    const std::string log = server.log();
    std::size_t count = 0;
    for (std::size_t at = log.find("Accepted publickey"); at != std::string::npos;
         at = log.find("Accepted publickey", at + 1)) {
        ++count;
    }
    return count;
}

SshdOptions with_config(const std::string& config) {
    SshdOptions options;
    options.config = config;
    return options;
}

}  // namespace

TEST_CASE("stdout, stderr and the exit code of a remote command come apart") {
    remuda::test::require_sshd();
    const Sshd server;
    const CommandResult result = run_on(server, "echo one; echo two >&2; exit 3");
    CHECK(result.out == "one\n");
    CHECK(result.err == "two\n");
    CHECK(result.outcome == Outcome(Exited{3}));
}

TEST_CASE("any text survives as a remote command, long ones too") {
    remuda::test::require_sshd();
    const Sshd server;
    const std::string text = remuda::test::awkward_text();
    CHECK(run_on(server, "printf %s " + remuda::shell_quote(text)).out == text);

    std::string long_text;
    while (long_text.size() < 100'000)
        long_text += text;
    CHECK(run_on(server, "printf %s " + remuda::shell_quote(long_text)).out == long_text);
}

TEST_CASE("a remote command has an empty stdin") {
    remuda::test::require_sshd();
    const Sshd server;
    CHECK(run_on(server, "cat; echo end").out == "end\n");
    CHECK(run_on(server, ": " + std::string(50'000, 'x') + "\ncat; echo end").out == "end\n");
}

TEST_CASE("a remote command that a signal kills is told apart from one that exits") {
    remuda::test::require_sshd();
    const Sshd server;
    CHECK(run_on(server, "kill -KILL $$").outcome == Outcome(Signalled{"KILL"}));
}

TEST_CASE("a command that closes its output early still gives its exit code") {
    remuda::test::require_sshd();
    const Sshd server;
    CHECK(run_on(server, "exec >&- 2>&-; exit 5").outcome == Outcome(Exited{5}));
}

TEST_CASE("five megabytes on stderr and stdout at once arrive whole") {
    remuda::test::require_sshd();
    const Sshd server;
    const CommandResult result =
        run_on(server, "head -c 5000000 /dev/zero >&2 & head -c 5000000 /dev/zero; wait");
    CHECK(result.out.size() == 5'000'000);
    CHECK(result.err.size() == 5'000'000);
}

TEST_CASE("rsa and ecdsa keys log in, and servers with such host keys are known") {
    remuda::test::require_sshd();
    SshdOptions options;
    options.host_keys = {KeyType::rsa, KeyType::ecdsa};
    const Sshd server(options);
    CHECK(run_on(server, "true", KeyType::rsa).outcome == Outcome(Exited{0}));
    CHECK(run_on(server, "true", KeyType::ecdsa).outcome == Outcome(Exited{0}));
}

TEST_CASE("a host whose known key is not the type we like best is asked for that one") {
    remuda::test::require_sshd();
    SshdOptions options;
    options.host_keys = {KeyType::ed25519, KeyType::rsa};
    const Sshd server(options);
    User user;
    user.known = fmt::format("[{}]:{} {}\n", server.address(), server.port(),
                             SshKeys::shared().host_public_key(KeyType::rsa));
    REQUIRE(remuda::replace_file(user.home.path("known_hosts"), user.known));
    Loop loop;
    CHECK(with_host(loop, user, host_of(server)).result);
}

TEST_CASE("an unknown host key is refused when strict, with the remedy") {
    remuda::test::require_sshd();
    const Sshd server;
    const User user;
    Loop loop;
    const Opened opened = with_host(loop, user, host_of(server));
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().code() == Code::not_authorised);
    CHECK(opened.result.error().text().find("host key not known: ED25519 SHA256:") == 0);
    CHECK(opened.result.error().text().find("--host-key accept-new") != std::string::npos);
    CHECK(logins(server) == 0);
}

TEST_CASE("accept-new remembers an unknown host key, and a changed one is refused for good") {
    remuda::test::require_sshd();
    const Sshd server;
    User user;
    user.settings.host_key = HostKeyPolicy::accept_new;
    Loop loop;
    CHECK(with_host(loop, user, host_of(server)).result);
    CHECK(remuda::load_file(user.home.path("known_hosts")).value() == server.known_hosts());

    const std::string other = fmt::format("[{}]:{} {}\n", server.address(), server.port(),
                                          SshKeys::shared().host_public_key(KeyType::ecdsa));
    REQUIRE(remuda::replace_file(user.home.path("known_hosts"), other));
    const Opened opened = with_host(loop, user, host_of(server));
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().text().find("HOST KEY CHANGED") == 0);
    CHECK(remuda::load_file(user.home.path("known_hosts")).value() == other);
}

namespace {

Task<> open_each(Transport& transport, Opened& opened) {
    Stop stop;
    opened.result = co_await transport.open(stop);
}

Task<> open_all(Loop& loop, std::vector<std::unique_ptr<Transport>>& transports,
                std::vector<Opened>& opened) {
    Scope scope(loop);
    for (std::size_t i = 0; i < transports.size(); ++i) {
        scope.spawn(open_each(*transports[i], opened[i]));
    }
    co_await scope.join();
    for (const auto& transport : transports)
        co_await transport->close(loop.now() + 2s);
}

}  // namespace

TEST_CASE("the user is asked once for all new hosts, and those refused stay out") {
    remuda::test::require_sshd();
    const Sshd first;
    const Sshd second;
    const Sshd known;
    User user;
    user.trust(known);
    std::vector<std::vector<std::string>> questions;
    user.settings.host_key = HostKeyPolicy::ask;
    user.settings.ask = [&](std::vector<remuda::ssh::NewHost> hosts,
                            Stop&) -> Task<std::vector<bool>> {
        std::vector<bool> answers;
        std::vector<std::string> names;
        for (const auto& host : hosts) {
            names.push_back(host.name);
            answers.push_back(host.name == first.address());
        }
        std::sort(names.begin(), names.end());
        questions.push_back(names);
        co_return answers;
    };
    Loop loop;
    Client client(loop, user.settings, Log());
    std::vector<std::unique_ptr<Transport>> transports;
    for (const Sshd* server : {&first, &second, &known}) {
        transports.push_back(client.transport(host_of(*server)));
    }
    std::vector<Opened> opened(3);
    loop.run(open_all(loop, transports, opened));

    std::vector<std::string> expected = {first.address(), second.address()};
    std::sort(expected.begin(), expected.end());
    CHECK(questions == std::vector<std::vector<std::string>>{expected});
    CHECK(opened[0].result);
    REQUIRE_FALSE(opened[1].result);
    CHECK(opened[1].result.error().text().find("was not accepted") != std::string::npos);
    CHECK(opened[2].result);
    CHECK(remuda::load_file(user.home.path("known_hosts")).value() ==
          known.known_hosts() + first.known_hosts());
}

TEST_CASE("a login without a key that fits says which keys were tried") {
    remuda::test::require_sshd();
    const Sshd server;
    User user;
    user.trust(server);
    Host host = host_of(server);
    host.identity_files = {SshKeys::shared().host_key()};
    Loop loop;
    const Opened opened = with_host(loop, user, host);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().code() == Code::not_authorised);
    CHECK(opened.result.error().text().find("keys tried: " + SshKeys::shared().host_key()) !=
          std::string::npos);
}

TEST_CASE("a refused connection is unreachable") {
    User user;
    Host host;
    host.name = "127.0.0.1";
    host.port = 1;
    Loop loop;
    const Opened opened = with_host(loop, user, host);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().code() == Code::unreachable);
    CHECK(opened.result.error().text() == "Connection refused");
}

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
