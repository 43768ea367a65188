// SPDX-License-Identifier: MIT
#include "remuda/local/local.h"

#include "remuda/base/text.h"
#include "support/execution.h"

#include <string>
#include <utility>

#include <doctest/doctest.h>

#include <unistd.h>

using remuda::local::make_local_transport;
using remuda::loop::Loop;
using remuda::loop::Task;
using remuda::model::Exited;
using remuda::model::Outcome;
using remuda::model::Signalled;
using remuda::test::CommandResult;

namespace {

CommandResult run_here(const std::string& script) {
    Loop loop;
    const auto transport = make_local_transport(loop);
    CommandResult result;
    loop.run(remuda::test::run_command(*transport, script, result));
    return result;
}

Task<> end_by_signal(Loop& loop, CommandResult& result) {
    const auto transport = make_local_transport(loop);
    remuda::transport::Command command{"echo up; sleep 1000 & wait"};
    const auto execution = transport->start(std::move(command));
    const auto first = co_await execution->next();
    CHECK(std::holds_alternative<remuda::transport::Output>(first));
    execution->signal("TERM");
    co_await remuda::test::collect(*execution, result);
}

Task<> close_while_running(Loop& loop, CommandResult& result) {
    const auto transport = make_local_transport(loop);
    remuda::transport::Command command{"echo up; sleep 1000"};
    const auto execution = transport->start(std::move(command));
    co_await execution->next();
    co_await transport->close(loop.now());
    co_await remuda::test::collect(*execution, result);
}

// Writes what comes back again, so many times, and then ends the input.
Task<> echo_back(Loop& loop, int times, std::string& heard, CommandResult& result) {
    const auto transport = make_local_transport(loop);
    remuda::transport::Command command{"cat"};
    command.input = "begin\n";
    command.input_follows = true;
    const auto execution = transport->start(std::move(command));
    for (int i = 0; i < times; ++i) {
        auto happening = co_await execution->next();
        heard += std::get<remuda::transport::Output>(happening).bytes;
        execution->write(std::to_string(i) + "\n");
    }
    execution->end_input();
    co_await remuda::test::collect(*execution, result);
}

// More than the pipe holds, written before anything is read.
Task<> write_much(Loop& loop, std::size_t& unsent, CommandResult& result) {
    const auto transport = make_local_transport(loop);
    remuda::transport::Command command{"sleep 0.1; cat"};
    command.input_follows = true;
    const auto execution = transport->start(std::move(command));
    for (int i = 0; i < 10; ++i)
        execution->write(std::string(100'000, static_cast<char>('0' + i)));
    unsent = execution->unsent();
    execution->end_input();
    co_await remuda::test::collect(*execution, result);
}

CommandResult run_here(remuda::transport::Command command) {
    Loop loop;
    const auto transport = make_local_transport(loop);
    CommandResult result;
    loop.run(remuda::test::run_whole_command(*transport, std::move(command), result));
    return result;
}

}  // namespace

TEST_CASE("what is written to a local command's stdin while it runs gets there, in order") {
    Loop loop;
    std::string heard;
    CommandResult result;
    loop.run(echo_back(loop, 3, heard, result));
    CHECK(heard + result.out == "begin\n0\n1\n2\n");
    CHECK(result.outcome == Outcome(Exited{0}));
}

TEST_CASE("what a local command does not read yet is kept, and counted") {
    Loop loop;
    std::size_t unsent = 0;
    CommandResult result;
    loop.run(write_much(loop, unsent, result));
    CHECK(unsent >= 900'000);
    CHECK(unsent < 1'000'000);
    CHECK(result.out.size() == 1'000'000);
    CHECK(result.out.ends_with("999"));
}

TEST_CASE("a local command that does not read its input ends all the same") {
    remuda::transport::Command command{"exec <&-; echo done"};
    command.input = std::string(1'000'000, 'x');
    CHECK(run_here(command).out == "done\n");
}

TEST_CASE("a local command has its environment, directory and niceness") {
    remuda::transport::Command command{"printf '%s %s ' \"$NEW\" \"$LANG\"; pwd; nice"};
    command.environment = {{"NEW", "one\ntwo"}, {"LANG", "C.UTF-8"}};
    command.directory = "/";
    command.nice = 4;
    const std::string nice = run_here("nice").out;
    CHECK(run_here(command).out ==
          "one\ntwo C.UTF-8 /\n" + std::to_string(std::stoi(nice) + 4) + "\n");
}

TEST_CASE("a local command whose directory is missing never started") {
    remuda::transport::Command command{"echo ran"};
    command.directory = "/no/such/folder";
    const CommandResult result = run_here(command);
    const auto* never = std::get_if<remuda::model::NeverStarted>(&result.outcome);
    REQUIRE(never != nullptr);
    CHECK(never->reason.find("/no/such/folder") != std::string::npos);
}

TEST_CASE("stdout, stderr and the exit code of a local command come apart") {
    const CommandResult result = run_here("echo one; echo two >&2; exit 3");
    CHECK(result.out == "one\n");
    CHECK(result.err == "two\n");
    CHECK(result.outcome == Outcome(Exited{3}));
}

TEST_CASE("any text survives as a local command") {
    const std::string text = remuda::test::awkward_text();
    CHECK(run_here("printf %s " + remuda::shell_quote(text)).out == text);
}

TEST_CASE("a local command has an empty stdin and a process group of its own") {
    CHECK(run_here("cat; echo end").out == "end\n");
    CHECK(run_here("test $(ps -o pgid= -p $$) -eq $$").outcome == Outcome(Exited{0}));
}

TEST_CASE("a signal ends the local command and its children") {
    Loop loop;
    CommandResult result;
    loop.run(end_by_signal(loop, result));
    CHECK(result.outcome == Outcome(Signalled{"TERM"}));
}

TEST_CASE("a command that closes its output early still gives its exit code") {
    CHECK(run_here("exec >&- 2>&-; exit 5").outcome == Outcome(Exited{5}));
}

TEST_CASE("ten megabytes of both streams arrive whole") {
    const CommandResult result =
        run_here("head -c 5000000 /dev/zero & head -c 5000000 /dev/zero >&2; wait");
    CHECK(result.out.size() == 5'000'000);
    CHECK(result.err.size() == 5'000'000);
}

TEST_CASE("a command line beyond the system's limit never started") {
    const CommandResult result = run_here(": " + std::string(1 << 20, 'x'));
    CHECK(std::holds_alternative<remuda::model::NeverStarted>(result.outcome));
}

TEST_CASE("closing ends a command that still runs, and its outcome is lost") {
    Loop loop;
    CommandResult result;
    loop.run(close_while_running(loop, result));
    CHECK(std::holds_alternative<remuda::model::Lost>(result.outcome));
}
