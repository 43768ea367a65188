// SPDX-License-Identifier: MIT
//
// Hosts behind jump hosts, against real OpenSSH servers on loopback.
#include "reach_world.h"
#include "support/black_hole.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using remuda::Code;
using remuda::Error;
using remuda::Result;
using remuda::loop::Scope;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::model::Exited;
using remuda::model::Lost;
using remuda::model::Outcome;
using remuda::ssh::HostSettings;
using remuda::ssh::HostTransport;
using remuda::ssh::Jump;
using remuda::ssh::JumpRoute;
using remuda::test::BlackHole;
using remuda::test::CommandResult;
using remuda::test::logins;
using remuda::test::Opened;
using remuda::test::require_sshd;
using remuda::test::Roads;
using remuda::test::run_command;
using remuda::test::Sshd;
using remuda::test::through;
using remuda::test::with_config;
using remuda::transport::Command;
using remuda::transport::Transport;

namespace {

CommandResult result_of(Roads& roads, const HostSettings& settings, const std::string& script) {
    CommandResult result;
    const Opened opened = roads.visit(
        settings, [&](Transport& transport) { return run_command(transport, script, result); });
    INFO((opened.result ? "" : opened.result.error().text()));
    REQUIRE(opened.result);
    return result;
}

std::string why_not(Roads& roads, const HostSettings& settings) {
    const Opened opened = roads.visit(settings);
    REQUIRE(!opened.result);
    return opened.result.error().text();
}

// The address and the port of "127.0.0.1:4711".
HostSettings to_hole(const Roads& roads, const BlackHole& hole, remuda::ssh::Route route) {
    const std::size_t colon = hole.address().find(':');
    const auto port = static_cast<std::uint16_t>(std::stoi(hole.address().substr(colon + 1)));
    return roads.to(hole.address().substr(0, colon), port, std::move(route));
}

struct Visit {
    Visit(Roads& roads, const HostSettings& settings)
        : loop(roads.loop), transport(*roads.shared, settings) {}

    Task<> go() {
        Stop stop;
        opened = co_await transport.open(stop);
        if (opened) co_await run_command(transport, "echo $SSH_CONNECTION", result);
        co_await transport.close(loop.now());
        if (on_done) on_done();
    }

    remuda::loop::Loop& loop;
    HostTransport transport;
    Result<void> opened = Error(Code::stopped, "not tried");
    CommandResult result;
    std::function<void()> on_done;
};

Task<> go_all(remuda::loop::Loop& loop, std::vector<std::unique_ptr<Visit>>& visits) {
    Scope scope(loop);
    for (const auto& visit : visits)
        scope.spawn(visit->go());
    co_await scope.join();
}

}  // namespace

TEST_CASE("a host behind a jump host is reached from there") {
    require_sshd();
    const Sshd bastion;
    const Sshd target;
    Roads roads({&bastion, &target});
    const CommandResult result = result_of(roads, roads.to(target, through({&bastion})), "echo hi");
    CHECK(result.outcome == Outcome(Exited{0}));
    CHECK(result.out == "hi\n");
    CHECK(logins(bastion) == 1);
    CHECK(logins(target) == 1);
}

TEST_CASE("a host behind two jump hosts is reached through both") {
    require_sshd();
    const Sshd first;
    const Sshd second;
    const Sshd target;
    Roads roads({&first, &second, &target});
    const auto settings = roads.to(target, through({&first, &second}));
    CHECK(result_of(roads, settings, "exit 7").outcome == Outcome(Exited{7}));
    CHECK(logins(first) == 1);
    CHECK(logins(second) == 1);
    // Once more: what was closed comes up again.
    CHECK(result_of(roads, settings, "exit 8").outcome == Outcome(Exited{8}));
    CHECK(logins(first) == 2);
}

TEST_CASE("fifty hosts behind one default jump host share at most four connections to it") {
    require_sshd();
    const Sshd bastion;
    const Sshd target(with_config("MaxStartups 100\n"));
    Roads roads({&bastion, &target});
    std::vector<std::unique_ptr<Visit>> visits;
    visits.reserve(50);
    for (int i = 0; i < 50; ++i)
        visits.push_back(std::make_unique<Visit>(roads, roads.to(target, through({&bastion}))));
    roads.loop.run(go_all(roads.loop, visits));
    for (const auto& visit : visits) {
        INFO((visit->opened ? "" : visit->opened.error().text()));
        CHECK(visit->result.outcome == Outcome(Exited{0}));
    }
    CHECK(logins(bastion) <= 4);
    CHECK(logins(target) == 50);
}

namespace {

Task<std::vector<bool>> yes_to(std::size_t count) {
    co_return std::vector<bool>(count, true);
}

}  // namespace

TEST_CASE("the key of a jump host is asked for before those of the hosts that wait behind it") {
    require_sshd();
    const Sshd bastion;
    const Sshd target(with_config("MaxStartups 100\n"));
    std::vector<std::string> asked;
    Roads roads({}, [&](const std::vector<remuda::ssh::NewHost>& hosts, Stop& /*stop*/) {
        asked.push_back(hosts.front().name);
        return yes_to(hosts.size());
    });
    std::vector<std::unique_ptr<Visit>> visits;
    visits.reserve(40);
    for (int i = 0; i < 40; ++i)
        visits.push_back(std::make_unique<Visit>(roads, roads.to(target, through({&bastion}))));
    roads.loop.run(go_all(roads.loop, visits));
    for (const auto& visit : visits)
        CHECK(visit->result.outcome == Outcome(Exited{0}));
    REQUIRE(asked.size() >= 2);
    CHECK(asked[0] == bastion.address());
    CHECK(asked[1] == target.address());
}

TEST_CASE("a target that refuses fails at once, with the jump host and the target named") {
    require_sshd();
    const Sshd bastion;
    Sshd target;
    Roads roads({&bastion});
    target.kill_now();
    CHECK(why_not(roads, roads.to(target, through({&bastion}))) ==
          bastion.address() + ": no connection to " + target.address() + " port " +
              std::to_string(target.port()) + ": Connection refused");
}

TEST_CASE("a jump host that forbids forwarding is said to") {
    require_sshd();
    const Sshd bastion(with_config("AllowTcpForwarding no\n"));
    const Sshd target;
    Roads roads({&bastion, &target});
    const std::string why = why_not(roads, roads.to(target, through({&bastion})));
    CHECK(why.find(": administratively prohibited") != std::string::npos);
}

TEST_CASE("a jump host that is down, or unknown, is named") {
    require_sshd();
    Sshd down;
    const Sshd stranger;
    const Sshd target;
    Roads roads({&down, &target});
    down.kill_now();
    CHECK(why_not(roads, roads.to(target, through({&down}))) ==
          down.address() + ": Connection refused");
    const std::string why = why_not(roads, roads.to(target, through({&stranger})));
    CHECK(why.starts_with(stranger.address() + ": host key not known: "));
}

TEST_CASE("targets that swallow packets hold up no other target behind the same jump host") {
    require_sshd();
    const Sshd bastion;
    const Sshd target(with_config("MaxStartups 100\n"));
    const BlackHole hole;
    Roads roads({&bastion, &target});
    std::vector<std::unique_ptr<Visit>> visits;
    std::string order;
    for (int i = 0; i < 6; ++i) {
        HostSettings settings = to_hole(roads, hole, through({&bastion}));
        settings.connect_timeout = 3s;
        visits.push_back(std::make_unique<Visit>(roads, settings));
        visits.back()->on_done = [&] { order += 'h'; };
    }
    for (int i = 0; i < 4; ++i) {
        visits.push_back(std::make_unique<Visit>(roads, roads.to(target, through({&bastion}))));
        visits.back()->on_done = [&] { order += 't'; };
    }
    roads.loop.run(go_all(roads.loop, visits));
    CHECK(order == "tttthhhhhh");
    CHECK(visits.back()->result.outcome == Outcome(Exited{0}));
    CHECK(visits.front()->opened.error().code() == Code::timed_out);
    CHECK(visits.front()->opened.error().text().starts_with(bastion.address() +
                                                            ": connecting to 127.0.0.1 port "));
}

namespace {

Task<> lose_jump(Transport& transport, Sshd& bastion, CommandResult& lost, CommandResult& next) {
    Command command{"echo up; sleep 1000"};
    const auto execution = transport.start(std::move(command));
    co_await execution->next();
    bastion.kill_now();
    co_await remuda::test::collect(*execution, lost);
    bastion.start_again();
    while (bastion.log().rfind("Server listening") == bastion.log().find("Server listening"))
        ::usleep(2000);
    co_await run_command(transport, "echo again", next);
}

}  // namespace

TEST_CASE("a jump host that dies ends what ran behind it, and is used again when it is back") {
    require_sshd();
    Sshd bastion;
    const Sshd target;
    Roads roads({&bastion, &target});
    CommandResult lost;
    CommandResult next;
    roads.visit(roads.to(target, through({&bastion})),
                [&](Transport& transport) { return lose_jump(transport, bastion, lost, next); });
    REQUIRE(std::holds_alternative<Lost>(lost.outcome));
    CHECK(std::get<Lost>(lost.outcome).reason.starts_with(bastion.address() + ": "));
    CHECK(next.refusal.empty());
    CHECK(next.out == "again\n");
}

TEST_CASE("fifty megabytes through a tunnel arrive whole") {
    require_sshd();
    const Sshd bastion;
    const Sshd target;
    Roads roads({&bastion, &target});
    const std::string data =
        "openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 52428800";
    const auto settings = roads.to(target, through({&bastion}));
    const CommandResult whole = result_of(roads, settings, data);
    REQUIRE(whole.out.size() == 52428800);
    const CommandResult sum = result_of(roads, settings, data + " | sha256sum");
    CHECK(remuda::test::run_program({"sha256sum"}, whole.out).output == sum.out);
}

namespace {

Task<> connect_once(remuda::ssh::Reach& reach, const HostSettings& settings, std::string& why) {
    Stop stop;
    auto stream = co_await reach.connect(settings, stop);
    why = stream ? "connected" : stream.error().text();
    stream = Error(Code::stopped, "dropped");
    co_await reach.rest();
}

Task<Result<HostSettings>> behind_itself(Jump jump) {
    HostSettings settings;
    settings.name = settings.host_name = jump.name;
    settings.route = JumpRoute{{jump}};
    co_return settings;
}

}  // namespace

TEST_CASE("a jump host that is to be reached through itself is an error, not a hang") {
    Roads roads({});
    remuda::ssh::Routes routes(
        *roads.shared, [](Jump jump, Stop& /*stop*/) { return behind_itself(std::move(jump)); });
    std::string why;
    roads.loop.run(
        connect_once(routes, roads.to("127.0.0.1", 22, JumpRoute{{{"loop", "", {}}}}), why));
    CHECK(why.ends_with("loop: ProxyJump leads through this host to itself"));
}
