// SPDX-License-Identifier: MIT
//
// ProxyCommands that work, fail, hang and die; and what TCP is told by the settings.
#include "reach_world.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <signal.h>

using namespace std::chrono_literals;
using remuda::Code;
using remuda::loop::Task;
using remuda::model::Exited;
using remuda::model::Lost;
using remuda::model::Outcome;
using remuda::ssh::AddressFamily;
using remuda::ssh::CommandRoute;
using remuda::ssh::DirectRoute;
using remuda::ssh::HostSettings;
using remuda::test::CommandResult;
using remuda::test::Opened;
using remuda::test::require_sshd;
using remuda::test::Roads;
using remuda::test::run_command;
using remuda::test::Sshd;
using remuda::transport::Command;
using remuda::transport::Transport;

namespace {

// The system's own ssh as a pipe to the server.
CommandRoute by_ssh(const Roads& roads, const Sshd& server) {
    return {fmt::format(
        "ssh -F none -o UserKnownHostsFile={} -o BatchMode=yes -i {} -p {} "
        "-W {}:{} {}@{}",
        roads.user.home.path("known_hosts"), roads.user.home.path(".ssh/id_ed25519"), server.port(),
        server.address(), server.port(), roads.user.settings.user, server.address())};
}

remuda::Error failure_by(const std::string& command, remuda::Duration limit = 20s) {
    Roads roads({});
    HostSettings settings = roads.to("nowhere", 22, CommandRoute{command});
    settings.login_timeout = limit;
    const Opened opened = roads.visit(settings);
    REQUIRE(!opened.result);
    return opened.result.error();
}

}  // namespace

TEST_CASE("a host is reached by a ProxyCommand") {
    require_sshd();
    const Sshd server;
    Roads roads({&server});
    CommandResult result;
    const Opened opened =
        roads.visit(roads.to(server, by_ssh(roads, server)), [&](Transport& transport) {
            return run_command(transport, "head -c 1000000 /dev/zero", result);
        });
    INFO((opened.result ? "" : opened.result.error().text()));
    CHECK(result.outcome == Outcome(Exited{0}));
    CHECK(result.out.size() == 1000000);
}

TEST_CASE("a ProxyCommand that fails is told with its status and its last words") {
    const remuda::Error silent = failure_by("sh -c 'exit 3'");
    CHECK(silent.code() == Code::unreachable);
    CHECK(silent.text() == "ProxyCommand: exit 3");
    CHECK(failure_by("sh -c 'echo one >&2; echo; echo two >&2; exit 4'").text() ==
          "ProxyCommand: exit 4: one; two");
    CHECK(failure_by("/no/such/program").text().starts_with("ProxyCommand: exit 127: "));
    CHECK(failure_by("sh -c 'yes words | head -n 20000 >&2; printf \"\\033[2Jbye\" >&2; exit 1'")
              .text() == "ProxyCommand: exit 1: words; words; bye");
}

TEST_CASE("a ProxyCommand that talks nonsense, or hangs up, is no endless story") {
    CHECK(failure_by("yes").text() == "what answers is no SSH server");
    CHECK(failure_by("true").text() == "ProxyCommand: exit 0");
}

TEST_CASE("a ProxyCommand that hangs is given up, and killed with all it has started") {
    const remuda::test::TempDir folder;
    const std::string file = folder.path("pids");
    const remuda::Error error =
        failure_by("sh -c 'sleep 1000 & echo $$ $! > " + file + "; wait'", 1s);
    CHECK(error.code() == Code::timed_out);
    CHECK(error.text() == "no SSH banner came");
    int parent = 0;
    int child = 0;
    const auto pids = remuda::load_file(file);
    REQUIRE(pids);
    // NOLINTNEXTLINE(cert-err34-c): our own text.
    REQUIRE(std::sscanf(pids->c_str(), "%d %d", &parent, &child) == 2);
    CHECK(remuda::test::wait_until_ended(parent, 5s));
    CHECK(remuda::test::wait_until_ended(child, 5s));
}

namespace {

Task<> lose_proxy(Transport& transport, CommandResult& lost) {
    Command command{"echo up; sleep 1000"};
    const auto execution = transport.start(std::move(command));
    co_await execution->next();
    for (const pid_t each : remuda::test::descendants(::getpid())) {
        const auto line = remuda::load_file(fmt::format("/proc/{}/cmdline", each));
        if (line && line->starts_with("ssh")) ::kill(each, SIGKILL);
    }
    co_await remuda::test::collect(*execution, lost);
}

}  // namespace

TEST_CASE("a ProxyCommand that dies ends what ran over it, and says how") {
    require_sshd();
    const Sshd server;
    Roads roads({&server});
    CommandResult lost;
    roads.visit(roads.to(server, by_ssh(roads, server)),
                [&](Transport& transport) { return lose_proxy(transport, lost); });
    REQUIRE(std::holds_alternative<Lost>(lost.outcome));
    CHECK(std::get<Lost>(lost.outcome).reason == "ProxyCommand: killed by signal 9");
}

TEST_CASE("a connection comes from the address and is of the family that were asked for") {
    require_sshd();
    const Sshd server;
    Roads roads({&server});
    HostSettings settings = roads.to(server, DirectRoute{});
    settings.bind_address = "127.0.0.9";
    settings.address_family = AddressFamily::inet;
    CHECK(roads.visit(settings).result);
    CHECK(server.log().find("Connection from 127.0.0.9 ") != std::string::npos);

    settings.bind_address = "192.0.2.1";
    CHECK(roads.visit(settings).result.error().text() ==
          "cannot connect from 192.0.2.1: Cannot assign requested address");
    settings.bind_address.clear();
    settings.address_family = AddressFamily::inet6;
    CHECK(roads.visit(settings).result.error().text() ==
          "cannot resolve " + server.address() + ": Address family for hostname not supported");
}
