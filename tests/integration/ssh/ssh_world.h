// SPDX-License-Identifier: MIT
//
// What the tests of the ssh room share: a user with a home of their own, and hosts that are opened,
// used and closed.
#pragma once

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

namespace remuda::test {

using remuda::loop::Loop;
using remuda::loop::Scope;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::model::Host;
using remuda::ssh::Client;
using remuda::ssh::Settings;
using remuda::transport::Transport;

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

inline Host host_of(const Sshd& server, KeyType key = KeyType::ed25519) {
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

inline Task<> open_and_run(Loop& loop, Transport& transport, Story story, Opened& opened) {
    Stop stop;
    opened.result = co_await transport.open(stop);
    if (opened.result && story) co_await story(transport);
    co_await transport.close(loop.now() + std::chrono::seconds(2));
}

// Opens the host, lets the story happen, closes it.
inline Opened with_host(Loop& loop, const User& user, const Host& host,
                        const Story& story = nullptr) {
    Opened opened;
    Log log(LogLevel::protocol,
            [&](LogLevel, std::string_view text) { opened.notes += std::string(text) + "\n"; });
    Client client(loop, user.settings, log);
    const auto transport = client.transport(host);
    loop.run(open_and_run(loop, *transport, story, opened));
    return opened;
}

inline CommandResult run_on(const Sshd& server, const std::string& script,
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

// Writes so many pieces of 100,000 bytes to a command that counts what it reads, after a word of
// it.
inline Task<> write_much(Transport& transport, int pieces, std::size_t& unsent,
                         CommandResult& result) {
    remuda::transport::Command command{"echo up; wc -c"};
    command.input_follows = true;
    const auto execution = transport.start(std::move(command));
    co_await execution->next();
    for (int i = 0; i < pieces; ++i)
        execution->write(std::string(100'000, 'x'));
    unsent = execution->unsent();
    execution->end_input();
    co_await remuda::test::collect(*execution, result);
}

inline Task<> run_many(Loop& loop, Transport& transport, const std::string& script,
                       std::vector<CommandResult>& results) {
    Scope scope(loop);
    for (CommandResult& result : results) {
        scope.spawn(remuda::test::run_command(transport, script, result));
    }
    co_await scope.join();
}

inline std::vector<CommandResult> run_many_on(const Sshd& server, std::size_t count,
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

inline std::size_t logins(const Sshd& server) {
    const std::string log = server.log();
    std::size_t count = 0;
    for (std::size_t at = log.find("Accepted publickey"); at != std::string::npos;
         at = log.find("Accepted publickey", at + 1)) {
        ++count;
    }
    return count;
}

inline SshdOptions with_config(const std::string& config) {
    SshdOptions options;
    options.config = config;
    return options;
}

}  // namespace remuda::test
