// SPDX-License-Identifier: MIT
#include "remuda/transport/fake.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

namespace model = remuda::model;
namespace loop = remuda::loop;
using namespace remuda::transport;
using remuda::Duration;
using remuda::Result;
using remuda::Time;
using std::chrono::seconds;

namespace {

/// All that a command does, as text, each with the second at which it happened.
loop::Task<> watch(loop::Loop& on, Execution& execution, std::string& text) {
    const Time start = on.now();
    for (;;) {
        const Happening happening = co_await execution.next();
        const auto second = std::chrono::duration_cast<seconds>(on.now() - start).count();
        text += std::to_string(second) + ":";
        if (const auto* output = std::get_if<Output>(&happening)) {
            text += output->bytes + " ";
            continue;
        }
        if (const auto* ended = std::get_if<Ended>(&happening)) {
            text += model::describe(ended->outcome);
        } else {
            text += "refused: " + std::get<Refused>(happening).reason;
        }
        co_return;
    }
}

loop::Task<> signal_after(loop::Loop& on, Execution& execution, Duration after, std::string name) {
    loop::Stop never;
    co_await on.sleep_until(on.now() + after, never);
    execution.signal(name);
}

loop::Task<> run_one(loop::Loop& on, FakeHost& host, std::string& text) {
    auto transport = make_fake(on, host);
    loop::Stop stop;
    const Result<void> opened = co_await transport->open(stop);
    if (!opened) {
        text = opened.error().text();
        co_return;
    }
    auto execution = transport->start({"x"});
    loop::Scope scope(on);
    scope.spawn(signal_after(on, *execution, seconds(5), "TERM"));
    scope.spawn(signal_after(on, *execution, seconds(6), "KILL"));
    co_await watch(on, *execution, text);
    co_await scope.join();
    co_await transport->close(on.now());
}

std::string story_of(FakeHost& host) {
    loop::Loop on(loop::Loop::ClockKind::simulated);
    std::string text;
    on.run(run_one(on, host, text));
    return text;
}

}  // namespace

TEST_CASE("a fake command follows its script on the simulated clock") {
    FakeHost host;
    host.on_command = [](const std::string&) {
        FakeCommand command;
        command.prints("a", model::Stream::out, seconds(1)).prints("b", model::Stream::err);
        command.ends(model::Exited{3}, seconds(2));
        return command;
    };
    CHECK(story_of(host) == "1:a 1:b 3:exit 3");
    CHECK(host.started == std::vector<std::string>{"x"});
    CHECK(host.running == 0);
    CHECK(host.most_running == 1);
    CHECK(host.signals.empty());
    CHECK(host.is_closed);
}

TEST_CASE("a fake host that does not open says why") {
    FakeHost host;
    host.opening = FakeHost::Opening::fails;
    CHECK(story_of(host) == "connection refused");
}

TEST_CASE("a fake command without an end is ended by a signal that it does not ignore") {
    FakeHost host;
    host.on_command = [](const std::string&) { return FakeCommand(); };
    SUBCASE("TERM") {
        CHECK(story_of(host) == "5:killed by SIGTERM");
    }
    SUBCASE("KILL") {
        host.on_command = [](const std::string&) {
            FakeCommand command;
            command.ignored_signals = {"TERM"};
            return command;
        };
        CHECK(story_of(host) == "6:killed by SIGKILL");
        CHECK(host.signals == std::vector<std::string>{"TERM", "KILL"});
    }
}

TEST_CASE("a fake host that breaks loses what runs and refuses what comes") {
    FakeHost host;
    host.on_command = [](const std::string&) { return FakeCommand(); };
    SUBCASE("while a command runs") {
        host.breaks_after = seconds(2);
        CHECK(story_of(host) == "2:lost: connection reset");
    }
    SUBCASE("before a command comes") {
        host.breaks_after = Duration(0);
        CHECK(story_of(host) == "0:refused: connection reset");
        CHECK(host.started.empty());
    }
}
