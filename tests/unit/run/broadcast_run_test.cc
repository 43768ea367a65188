// SPDX-License-Identifier: MIT
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::seconds;
using transport::FakeHost;

TEST_CASE("a broadcast runs each job on every node, the next only when all have ended") {
    World world(3);
    world.settings.mode = engine::Settings::Mode::broadcast;
    for (std::size_t host = 0; host < 3; ++host) {
        world.hosts[host].opening_takes = seconds(host);
        world.hosts[host].on_command = [host](const std::string& script) {
            return timed(script, seconds(1 + host));
        };
    }
    world.jobs.add("a");
    world.jobs.add("b");
    world.run();
    for (const FakeHost& host : world.hosts) {
        CHECK(host.started == std::vector<std::string>{"a", "b"});
    }
    Time last_a{};
    Time first_b = kNever;
    for (const auto& [id, attempt] : world.recorder.attempts) {
        if (attempt.command == "a") last_a = std::max(last_a, attempt.ended);
        if (attempt.command == "b") first_b = std::min(first_b, attempt.started);
    }
    CHECK(last_a <= first_b);
    CHECK(world.seconds() == doctest::Approx(2 + 3 + 3));
}

TEST_CASE("a dead host is reported and does not hang a broadcast") {
    World world(3);
    world.settings.mode = engine::Settings::Mode::broadcast;
    for (FakeHost& host : world.hosts) {
        host.on_command = [](const std::string& script) { return timed(script, seconds(2)); };
    }
    world.hosts[1].opening = FakeHost::Opening::fails;
    world.hosts[2].breaks_after = seconds(3);
    for (const char* name : {"a", "b", "c"})
        world.jobs.add(name);
    world.run();
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.at("a") == std::vector<std::string>{"exit 0", "exit 0"});
    CHECK(outcomes.at("b") == std::vector<std::string>{"exit 0", "lost: connection reset"});
    CHECK(outcomes.at("c") == std::vector<std::string>{"exit 0"});
    CHECK(world.recorder.downs ==
          std::vector<std::string>{"1: connection refused", "2: connection reset"});
}
