// SPDX-License-Identifier: MIT
//
// The system's ssh where it does not log in, and what is left of it. Real servers, but for faults
// that a server cannot provoke: there a script stands in for ssh.
#include "support/program.h"
#include "system_world.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using remuda::Code;
using remuda::loop::Loop;
using remuda::loop::Scope;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::test::CommandResult;
using remuda::test::nobody_names;
using remuda::test::Opened;
using remuda::test::processes_naming;
using remuda::test::Sshd;
using remuda::test::SystemUser;
using remuda::test::with_config;
using remuda::test::with_system;
using remuda::transport::Transport;

namespace {

Opened open_only(const SystemUser& user) {
    Loop loop;
    Opened opened = with_system(loop, user);
    CHECK(user.left_nothing());
    CHECK(nobody_names(user.sockets()));
    return opened;
}

// An ssh of our own making.
std::string fake_ssh(const SystemUser& user, const std::string& script) {
    std::string path = user.path("fake-ssh");
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
}

Task<> stop_soon(Loop& loop, Stop& stop) {
    Stop never;
    co_await loop.sleep_until(loop.now() + 50ms, never);
    stop.request();
}

Task<> open_stopped(Loop& loop, Transport& transport, remuda::Result<void>& result) {
    Stop stop;
    Scope scope(loop);
    scope.spawn(stop_soon(loop, stop));
    result = co_await transport.open(stop);
    co_await scope.join();
    co_await transport.close(loop.now() + 2s);
}

}  // namespace

TEST_CASE("the system's ssh refuses a host key that is not known, with the remedy") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    std::ofstream(user.known_hosts()) << "";
    const Opened opened = open_only(user);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().code() == Code::not_authorised);
    CHECK(opened.result.error().text() ==
          "host key not known; check it and accept it with `ssh box` once");
}

TEST_CASE("the system's ssh refuses a host key that has changed, and says where it stands") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    std::ofstream(user.known_hosts())
        << "[" << server.address() << "]:" << server.port() << " ssh-ed25519 "
        << "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";
    const Opened opened = open_only(user);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().code() == Code::not_authorised);
    CHECK(opened.result.error().text().find("the host key has changed: Offending ED25519 key in " +
                                            user.known_hosts() + ":1") == 0);
}

TEST_CASE("a key that the server does not take is told as not authorised") {
    remuda::test::require_sshd();
    const Sshd server(with_config("PubkeyAuthentication no\n"));
    const Opened opened = open_only(SystemUser(server));
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().code() == Code::not_authorised);
    CHECK(opened.result.error().text().find("Permission denied") != std::string::npos);
}

TEST_CASE(
    "nobody listening, no such name, no such program and a faulty ssh_config are told apart") {
    remuda::test::require_sshd();
    Sshd server;
    SystemUser user(server);
    const SystemUser faulty(server, "NoSuchKeyword yes");
    server.kill_now();

    const Opened refused = open_only(user);
    REQUIRE_FALSE(refused.result);
    CHECK(refused.result.error().code() == Code::unreachable);
    CHECK(refused.result.error().text().find("Connection refused") != std::string::npos);

    const Opened wrong = open_only(faulty);
    REQUIRE_FALSE(wrong.result);
    CHECK(wrong.result.error().code() == Code::invalid_input);
    CHECK(wrong.result.error().text().find("Bad configuration option: nosuchkeyword") !=
          std::string::npos);

    user.ssh.name = "no-such-host.invalid";
    const Opened unknown = open_only(user);
    REQUIRE_FALSE(unknown.result);
    CHECK(unknown.result.error().code() == Code::unreachable);

    user.ssh.program = "no-such-program";
    const Opened missing = open_only(user);
    REQUIRE_FALSE(missing.result);
    CHECK(missing.result.error().code() == Code::not_found);
}

TEST_CASE("an ssh that never gets ready is given up at the deadline, and when told to stop") {
    remuda::test::require_sshd();
    const Sshd server;
    SystemUser user(server);
    user.ssh.program = fake_ssh(user, "echo 'still trying' >&2; exec sleep 1000");
    user.ssh.login_timeout = 100ms;
    const Opened late = open_only(user);
    REQUIRE_FALSE(late.result);
    CHECK(late.result.error().code() == Code::timed_out);

    user.ssh.login_timeout = 1h;
    Loop loop;
    const auto transport = remuda::ssh::make_system_transport(loop, user.ssh, {});
    remuda::Result<void> result;
    loop.run(open_stopped(loop, *transport, result));
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == Code::stopped);
    CHECK(user.left_nothing());
    CHECK(nobody_names(user.sockets()));
}

TEST_CASE("an ssh that ignores being told to end is killed") {
    remuda::test::require_sshd();
    const Sshd server;
    SystemUser user(server);
    user.ssh.program = fake_ssh(user, "trap '' TERM; while :; do sleep 1000; done");
    user.ssh.login_timeout = 50ms;
    const Opened opened = open_only(user);
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().code() == Code::timed_out);
}

TEST_CASE("a busy server is tried again") {
    remuda::test::require_sshd();
    const Sshd server;
    SystemUser user(server);
    // The first two tries meet a server that hangs up before its greeting.
    user.ssh.program = fake_ssh(
        user, "echo >>" + user.path("tries") + "; [ $(wc -l <" + user.path("tries") +
                  ") -gt 2 ] && exec ssh \"$@\"\n"
                  "echo 'kex_exchange_identification: Connection closed by remote host' >&2; exit "
                  "255");
    const Opened opened = open_only(user);
    CHECK(opened.result);
}

TEST_CASE("forwardings and commands of the user's ssh_config do not get in the way") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server,
                          "Host *\n  RemoteCommand echo theirs\n  RequestTTY force\n"
                          "  LocalForward 127.0.0.1:1 127.0.0.1:1\n  ExitOnForwardFailure yes\n"
                          "  ControlMaster auto\n  ControlPath none\n  ControlPersist yes\n"
                          "  LogLevel QUIET\n");
    const CommandResult result = remuda::test::run_by_system(user, "echo ours");
    CHECK(result.out == "ours\n");
    CHECK(user.left_nothing());
}

TEST_CASE("when this process is killed the master ends by itself and removes its folder") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    int ready[2];
    REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Loop loop;
        (void)with_system(loop, user, [&](Transport& transport) -> Task<> {
            CommandResult result;
            co_await remuda::test::run_command(transport, "true", result);
            (void)::write(ready[1], "x", 1);
            co_await remuda::test::run_command(transport, "sleep 1000", result);
        });
        ::_exit(1);
    }
    ::close(ready[1]);
    char byte = 0;
    CHECK(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    CHECK_FALSE(user.left_nothing());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    for (const pid_t pid : processes_naming(user.sockets())) {
        CHECK(remuda::test::wait_until_ended(pid, 5s));
    }
    CHECK(user.left_nothing());
}
