// SPDX-License-Identifier: MIT
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::seconds;
using transport::FakeCommand;
using Ends = std::vector<std::string>;

TEST_CASE("the first stop lets running jobs finish and leaves the rest in the queue") {
    World world(1);
    world.hosts[0].on_command = [](const std::string& script) {
        return timed(script, seconds(10));
    };
    world.jobs.add("first");
    world.jobs.add("second");
    world.at(seconds(3), [](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.recorder.outcomes().at("first") == Ends{"exit 0"});
    CHECK(world.jobs.commands() == Ends{"second"});
    CHECK(world.seconds() == doctest::Approx(10));
}

TEST_CASE("the second stop sends TERM, and what ends of it counts as cancelled") {
    World world(1, 3);
    world.hosts[0].on_command = [](const std::string& script) {
        FakeCommand command;
        if (script == "finishes") command.ends(model::Exited{0}, seconds(7));
        if (script == "finishes") command.ignored_signals = {"TERM"};
        if (script == "stubborn") command.ignored_signals = {"TERM"};
        return command;
    };
    for (const char* name : {"endless", "finishes", "stubborn"})
        world.jobs.add(name);
    world.at(seconds(3), [](run::Driver& driver) { driver.stop(1); });
    world.at(seconds(5), [](run::Driver& driver) { driver.stop(2); });
    world.run();
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.at("endless") == Ends{"cancelled"});
    CHECK(outcomes.at("finishes") == Ends{"exit 0"});
    CHECK(outcomes.at("stubborn") == Ends{"cancelled"});
    CHECK(world.hosts[0].signals == Ends{"TERM", "TERM", "TERM", "KILL"});
    CHECK(world.seconds() == doctest::Approx(15));
}

TEST_CASE("a command that does not even end of KILL is given up as lost") {
    World world(1);
    world.settings.grace = seconds(4);
    world.hosts[0].on_command = [](const std::string&) {
        FakeCommand command;
        command.ignored_signals = {"TERM", "KILL"};
        return command;
    };
    world.jobs.add("unkillable");
    world.at(seconds(1), [](run::Driver& driver) { driver.stop(2); });
    world.run();
    CHECK(world.recorder.outcomes().at("unkillable") ==
          Ends{"lost: it did not end after it was sent KILL"});
    // KILL has 5 s to arrive and to be told of, however short the job's grace is.
    CHECK(world.seconds() == doctest::Approx(10));
}

TEST_CASE("the third stop leaves at once and says what is lost") {
    World world(1, 2);
    world.hosts[0].on_command = [](const std::string& script) {
        FakeCommand command;
        if (script == "stubborn") command.ignored_signals = {"TERM", "KILL"};
        return command;
    };
    world.jobs.add("endless");
    world.jobs.add("stubborn");
    world.at(seconds(1), [](run::Driver& driver) { driver.stop(3); });
    world.run();
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.at("endless") == Ends{"cancelled"});
    CHECK(outcomes.at("stubborn") == Ends{"lost: left while it ran"});
    CHECK(world.recorder.run_ends == 1);
    CHECK(world.seconds() == doctest::Approx(1));
}

TEST_CASE("a stop while hosts still connect ends the run") {
    World world(2);
    for (auto& host : world.hosts)
        host.opening = transport::FakeHost::Opening::never_returns;
    world.jobs.add("job");
    world.at(seconds(1), [](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.seconds() == doctest::Approx(1));
    CHECK(world.jobs.commands() == Ends{"job"});
    CHECK(world.recorder.downs.empty());
}
