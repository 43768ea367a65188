// SPDX-License-Identifier: MIT
//
// Time limits, retries and halts in a whole run, on a simulated clock.
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace std::chrono_literals;
using remuda::test::timed;
using remuda::test::World;
using Lines = std::vector<std::string>;

namespace {

transport::FakeCommand fails(int code) {
    transport::FakeCommand command;
    return command.ends(model::Exited{code}, 1s);
}

transport::FakeCommand hangs() {
    return {};
}

std::vector<model::NextTry> next_tries(World& world) {
    std::vector<model::NextTry> tries;
    world.recorder.on_event = [&tries](const model::Event& event) {
        const auto* ended = std::get_if<model::AttemptEnded>(&event);
        if (ended != nullptr && ended->next_try) tries.push_back(*ended->next_try);
    };
    world.run();
    return tries;
}

}  // namespace

TEST_CASE("a job past its time limit is ended and counts as timed out") {
    World world(1);
    world.settings.defaults.timeout = 10s;
    world.settings.grace = 5s;
    world.hosts[0].on_command = [](const std::string& script) {
        transport::FakeCommand command;
        if (script == "stubborn") command.ignored_signals = {"TERM"};
        if (script == "quick") command.ends(model::Exited{0}, 9s);
        return command;
    };
    world.jobs.add("quick");
    world.jobs.add("gentle");
    world.jobs.add("stubborn");
    world.run();
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.at("quick") == Lines{"exit 0"});
    CHECK(outcomes.at("gentle") == Lines{"timed out"});
    CHECK(outcomes.at("stubborn") == Lines{"timed out"});
    CHECK(world.hosts[0].signals == Lines{"TERM", "TERM", "KILL"});
    CHECK(world.seconds() >= 9 + 10 + 15);
    CHECK(world.seconds() < 9 + 10 + 15 + 2);
}

TEST_CASE("a limit of the job itself goes before that of the run") {
    World world(1);
    world.settings.defaults.timeout = 1000s;
    world.hosts[0].on_command = [](const std::string&) { return hangs(); };
    world.jobs.add("c");
    world.jobs.jobs.back().options.timeout = 3s;
    world.run();
    CHECK(world.recorder.outcomes().at("c") == Lines{"timed out"});
    CHECK(world.seconds() < 10);
}

TEST_CASE("a job that failed runs again on another host, after its delay") {
    World world(2);
    world.settings.defaults.retries = 3;
    world.settings.defaults.retry_delay = 8s;
    world.hosts[0].on_command = [](const std::string&) { return fails(3); };
    world.jobs.add("c");
    const auto tries = next_tries(world);
    CHECK(world.recorder.outcomes().at("c") == Lines{"exit 3", "exit 0"});
    CHECK(world.hosts[1].started.size() == 1);
    REQUIRE(tries.size() == 1);
    CHECK(tries[0].number == 2);
    CHECK(tries[0].most == 4);
    CHECK(tries[0].delay >= 4s);
    CHECK(world.seconds() >= 5);
}

TEST_CASE("what is lost runs again only where that is allowed") {
    for (const int retries : {0, 1}) {
        CAPTURE(retries);
        World world(1);
        world.settings.defaults.retries = retries;
        world.hosts[0].on_command = [](const std::string&) {
            transport::FakeCommand command;
            return command.ends(model::Lost{"cut"}, 1s);
        };
        world.jobs.add("c");
        world.run();
        CHECK(world.hosts[0].started.size() == static_cast<std::size_t>(1 + retries));
    }
}

TEST_CASE("a stop ends the waiting for the next try") {
    World world(1);
    world.settings.defaults.retries = 1;
    world.settings.defaults.retry_delay = std::chrono::hours(10);
    world.hosts[0].on_command = [](const std::string&) { return fails(3); };
    world.jobs.add("c");
    std::vector<model::RetryDropped> dropped;
    world.recorder.on_event = [&](const model::Event& event) {
        if (const auto* drop = std::get_if<model::RetryDropped>(&event)) dropped.push_back(*drop);
    };
    world.at(60s, [](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.seconds() < 100);
    REQUIRE(dropped.size() == 1);
    CHECK(model::describe(dropped[0].outcome) == "exit 3");
    CHECK(dropped[0].reason == "the run is to stop");
}

TEST_CASE("halted now, what runs is ended") {
    World world(2);
    world.settings.halt = {engine::Halt::When::now, engine::Halt::Of::successes, 1};
    world.hosts[1].on_command = [](const std::string&) { return hangs(); };
    world.jobs.add("a");
    world.jobs.add("b");
    world.jobs.add("c");
    world.hosts[0].on_command = [](const std::string& script) { return timed(script, 5s); };
    world.run();
    CHECK(world.recorder.outcomes().at("a") == Lines{"exit 0"});
    CHECK(world.recorder.outcomes().at("b") == Lines{"cancelled"});
    CHECK(world.jobs.commands() == Lines{"c"});
}
