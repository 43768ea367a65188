// SPDX-License-Identifier: MIT
//
// Logging in and running one command, against real OpenSSH servers on loopback.
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
using remuda::Log;
using remuda::loop::Loop;
using remuda::loop::Scope;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::model::Exited;
using remuda::model::Host;
using remuda::model::Outcome;
using remuda::model::Signalled;
using remuda::ssh::Client;
using remuda::ssh::HostKeyPolicy;
using remuda::test::CommandResult;
using remuda::test::host_of;
using remuda::test::KeyType;
using remuda::test::logins;
using remuda::test::Opened;
using remuda::test::run_on;
using remuda::test::Sshd;
using remuda::test::SshdOptions;
using remuda::test::SshKeys;
using remuda::test::User;
using remuda::test::with_host;
using remuda::transport::Transport;

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

TEST_CASE("a remote command reads what it is given, with its environment and directory") {
    remuda::test::require_sshd();
    const Sshd server;
    User user;
    user.trust(server);
    for (const std::size_t padding : {std::size_t{1}, std::size_t{50'000}}) {
        remuda::transport::Command command{": " + std::string(padding, 'x') +
                                           "\nprintf %s \"$TEXT\"; pwd; cat"};
        command.environment = {{"TEXT", remuda::test::awkward_text()}};
        command.directory = "/";
        command.input = "given\n";
        Loop loop;
        CommandResult result;
        REQUIRE(with_host(loop, user, host_of(server), [&](Transport& transport) {
                    return remuda::test::run_whole_command(transport, command, result);
                }).result);
        CHECK(result.out == remuda::test::awkward_text() + "/\ngiven\n");
        CHECK(result.outcome == Outcome(Exited{0}));
    }
}

TEST_CASE("megabytes of input go as fast as the command reads them") {
    remuda::test::require_sshd();
    const Sshd server;
    User user;
    user.trust(server);
    Loop loop;
    CommandResult result;
    std::size_t unsent = 0;
    REQUIRE(with_host(loop, user, host_of(server), [&](Transport& transport) {
                return remuda::test::write_much(transport, 100, unsent, result);
            }).result);
    CHECK(unsent > 5'000'000);
    CHECK(result.out == "10000000\n");
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
    CHECK(opened.result.error().text().find("tried: " + SshKeys::shared().host_key()) !=
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
