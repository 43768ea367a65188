// SPDX-License-Identifier: MIT
#include "cli/host_script.h"

#include "remuda/transport/fake.h"

#include <chrono>
#include <memory>

#include <doctest/doctest.h>

using namespace remuda;
using transport::FakeCommand;

namespace {

struct World {
    Result<cli::ScriptEnd> run() {
        const auto transport = transport::make_fake(loop, host);
        Result<cli::ScriptEnd> end = Error(Code::system, "did not return");
        const auto body = [&]() -> loop::Task<> {
            loop::Stop never;
            REQUIRE((co_await transport->open(never)).has_value());
            end = co_await cli::run_script(loop, *transport, "script", stop);
        };
        loop.run(body());
        return end;
    }

    loop::Loop loop{loop::Loop::ClockKind::simulated};
    loop::Stop stop;
    transport::FakeHost host;
};

}  // namespace

TEST_CASE("a script tells what it wrote and how it ended") {
    World world;
    world.host.on_command = [](const std::string&) {
        return FakeCommand().prints("one").prints("two").ends(model::Exited{1});
    };
    const auto end = world.run();
    REQUIRE(end.has_value());
    CHECK(end->said == "onetwo");
    CHECK(end->outcome == model::Outcome(model::Exited{1}));
    CHECK_FALSE(world.host.is_closed);
}

TEST_CASE("a script that hangs, and cannot be killed, is waited for 30 s or until the stop") {
    World world;
    world.host.on_command = [](const std::string&) {
        FakeCommand command;
        command.prints("begun");
        command.ignored_signals = {"TERM", "KILL"};
        return command;
    };
    const Time began = world.loop.now();
    Code expected = Code::timed_out;
    SUBCASE("its time is over") {}
    SUBCASE("nobody wants to know any more") {
        world.stop.request();
        expected = Code::stopped;
    }
    const auto end = world.run();
    REQUIRE_FALSE(end.has_value());
    CHECK(end.error().code() == expected);
    CHECK(world.host.is_closed);
    CHECK(world.loop.now() <= began + std::chrono::seconds(32));
}
