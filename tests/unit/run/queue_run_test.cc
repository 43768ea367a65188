// SPDX-License-Identifier: MIT
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::milliseconds;
using std::chrono::seconds;
using transport::FakeHost;

TEST_CASE("a job that writes as fast as it is read holds up no other") {
    World world(2);
    world.hosts[0].on_command = [](const std::string&) {
        transport::FakeCommand flood;
        for (int piece = 0; piece < 2000; ++piece)
            flood.prints("y\n");
        return flood.ends(model::Exited{});
    };
    world.hosts[1].opening_takes = milliseconds(0);
    world.jobs.add("yes");
    world.jobs.add("echo");
    int pieces = 0;
    int pieces_before = -1;
    world.recorder.on_event = [&](const model::Event& event) {
        if (std::holds_alternative<model::OutputArrived>(event)) ++pieces;
        const auto* ended = std::get_if<model::AttemptEnded>(&event);
        if (ended != nullptr && pieces_before < 0) pieces_before = pieces;
    };
    world.run();
    CHECK(pieces >= 2000);
    // The other one ended first.
    CHECK(pieces_before < 100);
}

TEST_CASE("200 jobs on 20 nodes of 10 hosts run each exactly once") {
    World world(10, 2);
    for (FakeHost& host : world.hosts) {
        host.opening_takes = milliseconds(200);
        host.on_command = [](const std::string& script) { return timed(script, seconds(1)); };
    }
    for (int job = 0; job < 200; ++job)
        world.jobs.add("job " + std::to_string(job));
    world.run();

    CHECK(world.recorder.attempts.size() == 200);
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.size() == 200);
    for (const auto& [command, ends] : outcomes) {
        CHECK(ends == std::vector<std::string>{"exit 0"});
    }
    for (const auto& [id, attempt] : world.recorder.attempts) {
        CHECK(attempt.output == attempt.command + "\n");
    }
    for (const FakeHost& host : world.hosts) {
        CHECK(host.started.size() == 20);
        CHECK(host.most_running == 2);
        CHECK(host.is_closed);
    }
    CHECK(world.recorder.run_ends == 1);
    CHECK(world.seconds() == doctest::Approx(10.2));
}

TEST_CASE("templates are filled in for the node that the job goes to") {
    World world(1, 2, 4);
    world.jobs.add("echo {{ hostname }} {{ nr }} {{ slots }} {{ x }}", {2});
    world.jobs.jobs.front().parameters = {{"x", "1"}, {"nr", "hidden by the node's"}};
    world.run();
    CHECK(world.hosts[0].started == std::vector<std::string>{"echo host0 0 0,1 1"});
}

TEST_CASE("a command that cannot be rendered is recorded as never started") {
    World world(1);
    world.jobs.add("echo {{ nothing }}");
    world.jobs.add("echo fine");
    world.run();
    CHECK(world.hosts[0].started == std::vector<std::string>{"echo fine"});
    CHECK(world.recorder.attempts.at(1).outcome.starts_with("never started: "));
    CHECK(world.recorder.attempts.at(2).outcome == "exit 0");
}

TEST_CASE("a job too big for every node is reported and does not block") {
    World world(1, 1, 2);
    world.jobs.add("big", {3});
    world.jobs.add("odd", {0});
    world.jobs.add("small", {2});
    world.run();
    CHECK(world.recorder.too_bigs ==
          std::vector<std::string>{"big: it needs 3 slots, the largest node has 2",
                                   "odd: it needs 0 slots, and no node with so many is left"});
    CHECK(world.hosts[0].started == std::vector<std::string>{"small"});
}

TEST_CASE("jobs added while others run are taken") {
    World world(2);
    for (FakeHost& host : world.hosts) {
        host.on_command = [](const std::string& script) { return timed(script, seconds(10)); };
    }
    world.jobs.add("first");
    world.at(seconds(3), [&](run::Driver&) { world.jobs.add("added"); });
    world.run();
    REQUIRE(world.recorder.attempts.size() == 2);
    const auto& added = world.recorder.attempts.at(2);
    CHECK(added.command == "added");
    CHECK(added.node == model::NodeId{1});
    // Seen at the next look, a second later at most.
    CHECK(added.started - world.began_at <= seconds(4));
}

TEST_CASE("the end waits for no host that is still connecting") {
    World world(2);
    world.hosts[1].opening = FakeHost::Opening::never_returns;
    world.hosts[0].on_command = [](const std::string& script) { return timed(script, seconds(1)); };
    for (int job = 0; job < 5; ++job)
        world.jobs.add("job");
    world.run();
    CHECK(world.hosts[0].started.size() == 5);
    CHECK(world.seconds() == doctest::Approx(5));
    CHECK(world.recorder.downs.empty());
}

TEST_CASE("with stop_on_failure the rest of the queue stays") {
    World world(1);
    world.settings.stop_on_failure = true;
    world.hosts[0].on_command = [](const std::string& script) {
        return timed(script, seconds(1), script == "bad" ? 1 : 0);
    };
    for (const char* command : {"good", "bad", "later"})
        world.jobs.add(command);
    world.run();
    CHECK(world.hosts[0].started == std::vector<std::string>{"good", "bad"});
    CHECK(world.jobs.commands() == std::vector<std::string>{"later"});
}

TEST_CASE("ticks come ten times a second, if somebody wants them") {
    World world(1);
    world.hosts[0].on_command = [](const std::string& script) {
        return timed(script, milliseconds(1050));
    };
    world.jobs.add("job");
    SUBCASE("wanted") {
        world.settings.ticks = true;
        world.run();
        CHECK(world.recorder.ticks == 10);
    }
    SUBCASE("not wanted") {
        world.run();
        CHECK(world.recorder.ticks == 0);
    }
}

TEST_CASE("10,000 jobs run in memory, each once") {
    World world(20, 5);
    for (int job = 0; job < 10'000; ++job)
        world.jobs.add("job " + std::to_string(job));
    world.run();
    CHECK(world.recorder.attempts.size() == 10'000);
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.size() == 10'000);
    std::size_t started = 0;
    for (const FakeHost& host : world.hosts) {
        started += host.started.size();
        CHECK(host.most_running <= 5);
    }
    CHECK(started == 10'000);
}
