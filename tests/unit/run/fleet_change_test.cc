// SPDX-License-Identifier: MIT
//
// Nodes that join and leave while a run goes on.
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

namespace {

void take_long(World& world) {
    for (transport::FakeHost& host : world.hosts) {
        host.on_command = [](const std::string& script) { return timed(script, seconds(10)); };
    }
}

}  // namespace

TEST_CASE("a node that joins on a new host takes its share") {
    World world(1);
    const run::JoiningNode joining = world.joining(1, 2);
    take_long(world);
    for (const char* job : {"a", "b", "c"})
        world.jobs.add(job);
    std::vector<model::NodeId> joined;
    world.at(seconds(1), [&](run::Driver& driver) { joined = driver.change_fleet({joining}, {}); });
    world.run();
    CHECK(joined == std::vector<model::NodeId>{{1}});
    CHECK(world.fleet.hosts.size() == 2);
    CHECK(world.fleet.nodes[1].host == world.fleet.hosts[1].id);
    CHECK(world.hosts[1].started == Lines{"b", "c"});
    CHECK(world.seconds() == doctest::Approx(11));
    CHECK(world.hosts[1].is_closed);
    CHECK(world.jobs.rechecks == 1);
}

TEST_CASE("a node that joins on a host in use shares its connection") {
    World world(1);
    take_long(world);
    world.jobs.add("a");
    world.jobs.add("b");
    world.at(seconds(1),
             [&](run::Driver& driver) { (void)driver.change_fleet({world.joining(0)}, {}); });
    world.run();
    CHECK(world.made.empty());
    CHECK(world.fleet.hosts.size() == 1);
    CHECK(world.hosts[0].most_running == 2);
    CHECK(world.seconds() == doctest::Approx(11));
}

TEST_CASE("a node that joins on a host that is down is down") {
    World world(2);
    world.hosts[1].opening = transport::FakeHost::Opening::fails;
    take_long(world);
    world.jobs.add("a");
    world.jobs.add("b");
    world.at(seconds(1),
             [&](run::Driver& driver) { (void)driver.change_fleet({world.joining(1)}, {}); });
    world.run();
    CHECK(world.recorder.downs == Lines{"1: connection refused", "2: connection refused"});
    CHECK(world.hosts[0].started == Lines{"a", "b"});
}

TEST_CASE("a node that leaves finishes its job, and its host is closed while the run goes on") {
    World world(2);
    take_long(world);
    for (const char* job : {"a", "b", "c", "d"})
        world.jobs.add(job);
    world.at(seconds(1), [&](run::Driver& driver) { (void)driver.change_fleet({}, {{1}}); });
    bool was_open_until_its_end = false;
    world.at(seconds(9), [&](run::Driver&) { was_open_until_its_end = !world.hosts[1].is_closed; });
    bool is_closed_soon = false;
    world.at(seconds(11), [&](run::Driver&) { is_closed_soon = world.hosts[1].is_closed; });
    world.run();
    CHECK(was_open_until_its_end);
    CHECK(is_closed_soon);
    CHECK(world.hosts[1].started == Lines{"b"});
    CHECK(world.hosts[0].started == Lines{"a", "c", "d"});
    for (const auto& [command, outcomes] : world.recorder.outcomes())
        CHECK(outcomes == Lines{"exit 0"});
}

TEST_CASE("a node that is replaced by a larger one on the same host keeps the connection") {
    World world(1);
    take_long(world);
    world.jobs.add("small");
    world.jobs.add("large", {4});
    world.settings.is_daemon = true;
    // Too big for the fleet at first: by then it would have been told of, so it is added later.
    const model::Job large = world.jobs.jobs.back();
    world.jobs.jobs.pop_back();
    world.at(seconds(1), [&](run::Driver& driver) {
        (void)driver.change_fleet({world.joining(0, 4)}, {{0}});
        world.jobs.jobs.push_back(large);
        world.jobs.has_news = true;
    });
    world.at(seconds(20), [&](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.made.empty());
    CHECK(world.recorder.too_bigs.empty());
    CHECK(world.hosts[0].started == Lines{"small", "large"});
}

TEST_CASE("a host that left and comes back is connected anew") {
    World world(2);
    world.settings.is_daemon = true;
    world.at(seconds(1), [&](run::Driver& driver) { (void)driver.change_fleet({}, {{1}}); });
    world.at(seconds(5), [&](run::Driver& driver) {
        (void)driver.change_fleet({world.joining(1)}, {{0}});
        world.jobs.add("job");
    });
    world.at(seconds(20), [&](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.made == std::vector<double>{5});
    CHECK(world.fleet.hosts.size() == 3);
    CHECK(world.hosts[1].started == Lines{"job"});
}

TEST_CASE("when all nodes have left, a daemon waits for others") {
    World world(1);
    world.settings.is_daemon = true;
    world.at(seconds(1), [&](run::Driver& driver) { (void)driver.change_fleet({}, {{0}}); });
    world.at(seconds(2), [&](run::Driver&) { world.jobs.add("job"); });
    world.at(seconds(50),
             [&](run::Driver& driver) { (void)driver.change_fleet({world.joining(1)}, {}); });
    world.at(seconds(60), [&](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.hosts[1].started == Lines{"job"});
}
