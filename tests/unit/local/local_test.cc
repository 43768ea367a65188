// SPDX-License-Identifier: MIT
#include "remuda/local/local.h"

#include "remuda/base/text.h"
#include "support/execution.h"

#include <string>

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

}  // namespace

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
