// SPDX-License-Identifier: MIT
//
// Commands by the system's ssh, against real OpenSSH servers on loopback.
#include "system_world.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <signal.h>

using namespace std::chrono_literals;
using remuda::Error;
using remuda::loop::Loop;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::model::Exited;
using remuda::model::Lost;
using remuda::model::Outcome;
using remuda::model::Signalled;
using remuda::test::CommandResult;
using remuda::test::nobody_names;
using remuda::test::Opened;
using remuda::test::processes_naming;
using remuda::test::run_by_system;
using remuda::test::run_command;
using remuda::test::Sshd;
using remuda::test::SystemUser;
using remuda::test::with_config;
using remuda::test::with_system;
using remuda::transport::Command;
using remuda::transport::Execution;
using remuda::transport::Happening;
using remuda::transport::Output;
using remuda::transport::Transport;

namespace {

std::string name_of(pid_t pid) {
    const auto text = remuda::load_file(fmt::format("/proc/{}/comm", pid));
    return text ? text->substr(0, text->find('\n')) : "";
}

// Returns with the first piece of output.
Task<> first_output(Execution& execution, std::string& bytes) {
    Happening happening = co_await execution.next();
    if (auto* output = std::get_if<Output>(&happening)) bytes = output->bytes;
}

struct Ending {
    std::string begun;
    CommandResult result;
    std::string failure;
};

// Starts `script`, has `act` done when it has written something, and awaits its end.
Task<> run_command_and_act(Transport& transport, Command command,
                           std::function<void(Execution&, const std::string&)> act,
                           Ending& ending) {
    const auto execution = transport.start(std::move(command));
    co_await first_output(*execution, ending.begun);
    act(*execution, ending.begun);
    co_await remuda::test::collect(*execution, ending.result);
}

Task<> run_and_act(Transport& transport, std::string script,
                   std::function<void(Execution&, const std::string&)> act, Ending& ending) {
    Command command{std::move(script)};
    co_await run_command_and_act(transport, std::move(command), std::move(act), ending);
}

Task<> run_until_failed(Transport& transport, std::string script,
                        std::function<void(Execution&, const std::string&)> act, Ending& ending) {
    co_await run_and_act(transport, std::move(script), std::move(act), ending);
    Stop never;
    const Error reason = co_await transport.failed(never);
    ending.failure = reason.text();
}

}  // namespace

TEST_CASE("what is written to stdin gets there by the system's ssh, and signals still do") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    CommandResult counted;
    Ending ending;
    std::size_t unsent = 0;
    const Opened opened = with_system(loop, user, [&](Transport& transport) {
        return remuda::test::write_much(transport, 30, unsent, counted);
    });
    REQUIRE(opened.result);
    CHECK(counted.out == "3000000\n");
    CHECK(counted.outcome == Outcome(Exited{0}));

    Loop other;
    Command command{"echo $READS; trap 'echo caught; exit 5' TERM; read line; sleep 100 & wait"};
    command.environment = {{"READS", "yes"}};
    command.input = "a line\n";
    REQUIRE(with_system(other, user, [&](Transport& transport) {
                return run_command_and_act(
                    transport, command, [](Execution& each, const auto&) { each.signal("TERM"); },
                    ending);
            }).result);
    CHECK(ending.begun == "yes\n");
    CHECK(ending.result.out == "caught\n");
    CHECK(ending.result.outcome == Outcome(Exited{5}));
}

TEST_CASE("the system's ssh runs a command with its output told apart and any exit status") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    std::vector<CommandResult> results(5);
    const std::vector<int> codes{0, 1, 127, 254, 255};
    const Opened opened = with_system(loop, user, [&](Transport& transport) -> Task<> {
        for (std::size_t i = 0; i < codes.size(); ++i) {
            co_await run_command(
                transport, "echo out; echo err >&2; exit " + std::to_string(codes[i]), results[i]);
        }
    });
    REQUIRE(opened.result);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        CHECK(results[i].outcome == Outcome(Exited{codes[i]}));
        CHECK(results[i].out == "out\n");
        CHECK(results[i].err == "err\n");
    }
    CHECK(user.left_nothing());
    CHECK(nobody_names(user.sockets()));
}

TEST_CASE("by the system's ssh too any text reaches sh as it was written, however long") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    const std::string text = remuda::test::awkward_text();
    CHECK(run_by_system(user, "printf %s " + remuda::shell_quote(text)).out == text);
    const std::string filler(50'000, 'y');
    const CommandResult result =
        run_by_system(user, "cat; printf %s " + remuda::shell_quote(filler + text) + "; exit 255");
    CHECK(result.out == filler + text);
    CHECK(result.outcome == Outcome(Exited{255}));
}

TEST_CASE("a megabyte of output comes whole by the system's ssh, read fast or slowly") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    const CommandResult result = run_by_system(
        user, "head -c 1000000 /dev/zero | tr '\\0' o; head -c 1000000 /dev/zero | tr '\\0' e >&2");
    CHECK(result.out == std::string(1'000'000, 'o'));
    CHECK(result.err == std::string(1'000'000, 'e'));
    CHECK(result.outcome == Outcome(Exited{0}));
}

TEST_CASE("what nobody reads holds the command back and not the others") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    CommandResult other;
    CommandResult flood;
    const Opened opened = with_system(loop, user, [&](Transport& transport) -> Task<> {
        Command command{"head -c 8000000 /dev/zero"};
        const auto unread = transport.start(std::move(command));
        co_await run_command(transport, "echo goes on", other);
        co_await remuda::test::collect(*unread, flood);
    });
    REQUIRE(opened.result);
    CHECK(other.out == "goes on\n");
    CHECK(flood.out.size() == 8'000'000);
}

TEST_CASE("twenty commands share one connection that takes three at a time") {
    remuda::test::require_sshd();
    const Sshd server(with_config("MaxSessions 3\n"));
    const SystemUser user(server);
    Loop loop;
    const std::string script = "echo ran; sleep 0.05; exit 7";
    std::vector<CommandResult> results(20);
    const Opened opened = with_system(loop, user, [&](Transport& transport) {
        return remuda::test::run_many(loop, transport, script, results);
    });
    REQUIRE(opened.result);
    for (const CommandResult& result : results) {
        CHECK(result.refusal.empty());
        CHECK(result.out == "ran\n");
        CHECK(remuda::model::describe(result.outcome) == "exit 7");
    }
    CHECK(remuda::test::logins(server) == 1);
}

TEST_CASE("a server that allows no session refuses the commands and loses none") {
    remuda::test::require_sshd();
    const Sshd server(with_config("MaxSessions 0\n"));
    const SystemUser user(server);
    const CommandResult result = run_by_system(user, "echo ran");
    CHECK(result.refusal == "the server refuses to open a session");
    CHECK(result.out.empty());
}

TEST_CASE("TERM reaches a command by the system's ssh, and what it has started") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    Ending ending;
    const Opened opened = with_system(loop, user, [&](Transport& transport) {
        return run_and_act(
            transport, "sleep 1000 & echo $!; wait; echo not reached",
            [](Execution& execution, const std::string&) { execution.signal("TERM"); }, ending);
    });
    REQUIRE(opened.result);
    CHECK(ending.result.outcome == Outcome(Exited{128 + SIGTERM}));
    CHECK(ending.result.out.empty());
    CHECK(remuda::test::wait_until_ended(std::stoi(ending.begun), 5s));
}

TEST_CASE("KILL ends a command that ignores TERM") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    Ending ending;
    const Opened opened = with_system(loop, user, [&](Transport& transport) {
        return run_and_act(
            transport, "trap '' TERM; echo $$; while :; do sleep 1000; done",
            [](Execution& execution, const std::string&) {
                execution.signal("TERM");
                execution.signal("KILL");
            },
            ending);
    });
    REQUIRE(opened.result);
    CHECK(ending.result.outcome == Outcome(Signalled{"KILL"}));
    CHECK(remuda::test::wait_until_ended(std::stoi(ending.begun), 5s));
}

TEST_CASE("a command that is dropped while it waits or runs is ended, and the rest goes on") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    std::string pid;
    CommandResult after;
    const Opened opened = with_system(loop, user, [&](Transport& transport) -> Task<> {
        Command command{"echo $$; sleep 1000"};
        auto dropped = transport.start(std::move(command));
        co_await first_output(*dropped, pid);
        dropped.reset();
        co_await run_command(transport, "echo after", after);
    });
    REQUIRE(opened.result);
    CHECK(after.out == "after\n");
    CHECK(remuda::test::wait_until_ended(std::stoi(pid), 5s));
}

TEST_CASE("closing ends what runs, and leaves no process, socket or folder") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    std::string pid;
    std::unique_ptr<Execution> running;
    CommandResult result;
    const Opened opened = with_system(loop, user, [&](Transport& transport) -> Task<> {
        Command command{"echo $$; sleep 1000"};
        running = transport.start(std::move(command));
        co_await first_output(*running, pid);
    });
    REQUIRE(opened.result);
    CHECK(remuda::test::wait_until_ended(std::stoi(pid), 5s));
    CHECK(user.left_nothing());
    CHECK(nobody_names(user.sockets()));
    loop.run(remuda::test::collect(*running, result));
    CHECK(result.refusal.empty());
    running.reset();
}

TEST_CASE("when the master is killed its commands are lost, and the host has failed") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    Ending ending;
    const auto kill_master = [&](Execution&, const std::string&) {
        for (const pid_t pid : processes_naming(user.sockets())) {
            if (name_of(pid) == "ssh" && ::getpgid(pid) != pid) ::kill(pid, SIGKILL);
        }
    };
    const Opened opened = with_system(loop, user, [&](Transport& transport) {
        return run_until_failed(transport, "echo begun; sleep 5; exit 3", kill_master, ending);
    });
    REQUIRE(opened.result);
    CHECK(ending.begun == "begun\n");
    CHECK(std::holds_alternative<Lost>(ending.result.outcome));
    CHECK(ending.failure.find("the connection of ssh ended") == 0);
    CHECK(user.left_nothing());
}

TEST_CASE("when the server dies in the middle of a command it is lost with the reason") {
    remuda::test::require_sshd();
    Sshd server;
    const SystemUser user(server);
    Loop loop;
    Ending ending;
    const Opened opened = with_system(loop, user, [&](Transport& transport) {
        return run_until_failed(
            transport, "echo begun; sleep 1000",
            [&](Execution&, const std::string&) { server.kill_now(); }, ending);
    });
    REQUIRE(opened.result);
    const auto* lost = std::get_if<Lost>(&ending.result.outcome);
    REQUIRE(lost != nullptr);
    CAPTURE(lost->reason);
    CHECK(lost->reason.find("the connection of ssh ended") == 0);
    CHECK(user.left_nothing());
}

TEST_CASE("a command for a host that has failed is refused, and no other connection is made") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    CommandResult result;
    const Opened opened = with_system(loop, user, [&](Transport& transport) -> Task<> {
        // The socket goes, the master stays: ssh by itself would connect anew.
        for (const auto& entry : std::filesystem::recursive_directory_iterator(user.sockets())) {
            if (entry.is_socket()) std::filesystem::remove(entry.path());
        }
        co_await run_command(transport, "echo ran", result);
    });
    REQUIRE(opened.result);
    CHECK(result.refusal == "the connection of ssh takes no further command");
    CHECK(remuda::test::logins(server) == 1);
    CHECK(user.left_nothing());
}

TEST_CASE("a command that is ended as soon as it was started does not stay") {
    remuda::test::require_sshd();
    const Sshd server;
    const SystemUser user(server);
    Loop loop;
    CommandResult result;
    const Opened opened = with_system(loop, user, [&](Transport& transport) -> Task<> {
        Command command{"sleep 1000"};
        const auto execution = transport.start(std::move(command));
        co_await loop.yield();
        execution->signal("TERM");
        co_await remuda::test::collect(*execution, result);
    });
    REQUIRE(opened.result);
    CHECK(remuda::model::describe(result.outcome) == "exit 143");
}

TEST_CASE("a server that falls silent is given up, and its commands are lost") {
    remuda::test::require_sshd();
    const Sshd server;
    SystemUser user(server);
    user.ssh.alive_interval = 1s;
    user.ssh.alive_count = 1;
    Loop loop;
    Ending ending;
    const Opened opened = with_system(loop, user, [&](Transport& transport) {
        return run_until_failed(
            transport, "echo begun; sleep 1000",
            [&](Execution&, const std::string&) {
                for (const pid_t pid : server.session_processes())
                    ::kill(pid, SIGSTOP);
            },
            ending);
    });
    REQUIRE(opened.result);
    const std::string lost = remuda::model::describe(ending.result.outcome);
    CAPTURE(lost);
    CHECK(lost.find("lost: the connection of ssh ended: Timeout, server") == 0);
    CHECK(user.left_nothing());
}
