// SPDX-License-Identifier: MIT
#include "world.h"

#include <algorithm>
#include <stdexcept>

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::seconds;
using transport::FakeCommand;
using transport::FakeHost;

TEST_CASE("a host that breaks loses its running jobs, and the others go on") {
    World world(3, 2);
    for (FakeHost& host : world.hosts) {
        host.on_command = [](const std::string& script) { return timed(script, seconds(4)); };
    }
    world.hosts[1].breaks_after = seconds(6);
    world.at(seconds(5), [&](run::Driver&) {
        world.hosts[1].breaks_after.reset();
        world.hosts[1].opening = FakeHost::Opening::fails;
    });
    for (int job = 0; job < 30; ++job)
        world.jobs.add("job " + std::to_string(job));
    world.run();

    std::size_t lost = 0;
    std::size_t done = 0;
    for (const auto& [command, ends] : world.recorder.outcomes()) {
        lost += ends.back() == "lost: connection reset" ? 1 : 0;
        done += ends.back() == "exit 0" ? 1 : 0;
    }
    CHECK(lost == 2);
    CHECK(done == 28);
    CHECK(world.recorder.outcomes().size() == 30);
    CHECK(world.recorder.downs ==
          std::vector<std::string>{"2: connection reset", "3: connection reset"});
    CHECK(world.hosts[1].started.size() == 4);
}

TEST_CASE("a host that comes back does its share again") {
    World world(2);
    for (FakeHost& host : world.hosts) {
        host.on_command = [](const std::string& script) { return timed(script, seconds(4)); };
    }
    world.hosts[1].breaks_after = seconds(6);
    world.at(seconds(5), [&](run::Driver&) { world.hosts[1].breaks_after.reset(); });
    for (int job = 0; job < 12; ++job)
        world.jobs.add("job " + std::to_string(job));
    world.run();
    CHECK(world.recorder.downs == std::vector<std::string>{"1: connection reset"});
    CHECK(world.made.size() == 1);
    CHECK(world.hosts[1].started.size() > 4);
}

TEST_CASE("a host that does not come back does not keep the run from ending") {
    World world(2);
    world.hosts[0].opening = FakeHost::Opening::fails;
    world.hosts[1].on_command = [](const std::string& script) {
        return timed(script, seconds(30));
    };
    world.jobs.add("job");
    world.run();
    CHECK(world.made.size() > 2);
    CHECK(world.seconds() < 31);
    CHECK(world.recorder.outcomes().at("job") == std::vector<std::string>{"exit 0"});
}

TEST_CASE("a host that cannot be opened is reported and the others do its work") {
    World world(2);
    world.hosts[0].opening = FakeHost::Opening::fails;
    world.hosts[0].opening_takes = seconds(10);
    for (int job = 0; job < 4; ++job)
        world.jobs.add("job");
    world.hosts[1].on_command = [](const std::string& script) { return timed(script, seconds(5)); };
    world.run();
    CHECK(world.recorder.downs == std::vector<std::string>{"0: connection refused"});
    CHECK(world.hosts[1].started.size() == 4);
}

TEST_CASE("when no host can be opened the queue stays as it is") {
    World world(2);
    for (FakeHost& host : world.hosts)
        host.opening = FakeHost::Opening::fails;
    world.jobs.add("job");
    world.run();
    CHECK(world.recorder.downs.size() == 2);
    CHECK(world.recorder.attempts.empty());
    CHECK(world.jobs.takes == 0);
    CHECK(world.recorder.run_ends == 1);
}

TEST_CASE("a refused job is run on another host") {
    World world(2);
    for (FakeHost& host : world.hosts) {
        host.on_command = [](const std::string& script) { return timed(script, seconds(1)); };
    }
    world.hosts[0].on_command = [](const std::string& script) {
        if (script != "first") return timed(script, seconds(1));
        FakeCommand command;
        command.refuses("no channel");
        return command;
    };
    world.jobs.add("first");
    world.jobs.add("second");
    world.jobs.add("third");
    world.run();
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.at("first") == std::vector<std::string>{"refused: no channel", "exit 0"});
    CHECK(outcomes.at("second") == std::vector<std::string>{"exit 0"});
    CHECK(outcomes.at("third") == std::vector<std::string>{"exit 0"});
    CHECK(std::ranges::count(world.hosts[1].started, "first") == 1);
}

TEST_CASE("a job refused by a host that broke goes back to the queue when no other is left") {
    World world(1, 2);
    world.hosts[0].breaks_after = seconds(2);
    world.hosts[0].on_command = [](const std::string& script) {
        FakeCommand command = timed(script, seconds(3));
        if (script == "second") command.steps = {{seconds(2), transport::Refused{"broke"}}};
        return command;
    };
    for (const char* name : {"first", "second", "third"})
        world.jobs.add(name);
    world.run();
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.at("first") == std::vector<std::string>{"lost: connection reset"});
    CHECK(outcomes.at("second") == std::vector<std::string>{"refused: broke"});
    CHECK(world.jobs.commands() == std::vector<std::string>{"second", "third"});
}

TEST_CASE("closing a host that does not answer takes two seconds, side by side") {
    World world(5);
    for (FakeHost& host : world.hosts)
        host.closing_takes = seconds(3600);
    world.run();
    CHECK(world.seconds() == doctest::Approx(2));
}

TEST_CASE("a reader that throws ends the run: everything is closed, and then it is thrown") {
    World world(2);
    for (FakeHost& host : world.hosts) {
        host.on_command = [](const std::string&) { return FakeCommand(); };
    }
    world.jobs.add("endless");
    world.recorder.on_event = [](const model::Event& event) {
        if (std::holds_alternative<model::AttemptStarted>(event)) throw std::runtime_error("bug");
    };
    CHECK_THROWS_WITH(world.run(), "bug");
    for (const FakeHost& host : world.hosts)
        CHECK(host.is_closed);
}

TEST_CASE("a reader that throws while many jobs end one after the other ends the run at once") {
    for (int at = 1; at < 80; at += 3) {
        CAPTURE(at);
        World world(16);
        for (FakeHost& host : world.hosts) {
            host.on_command = [](const std::string& script) {
                return timed(script, std::chrono::milliseconds(30 + script.size() * 7 % 23));
            };
        }
        for (std::size_t job = 1; job <= 120; ++job)
            world.jobs.add(std::string(job % 40 + 1, 'j'));
        int ended = 0;
        world.recorder.on_event = [&](const model::Event& event) {
            if (std::holds_alternative<model::AttemptEnded>(event) && ++ended == at) {
                throw std::runtime_error("bug");
            }
        };
        CHECK_THROWS_WITH(world.run(), "bug");
    }
}

TEST_CASE("a task that throws ends the run likewise") {
    World world(2);
    for (FakeHost& host : world.hosts) {
        host.on_command = [](const std::string&) { return FakeCommand(); };
    }
    world.jobs.add("endless");
    world.jobs.on_look = [] { throw std::runtime_error("bug"); };
    CHECK_THROWS_WITH(world.run(), "bug");
    for (const FakeHost& host : world.hosts)
        CHECK(host.is_closed);
}
