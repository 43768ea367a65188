// SPDX-License-Identifier: MIT
//
// A daemon's run: only a stop ends it, and what is wrong with the queue is waited out.
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

namespace {

class DaemonWorld : public World {
  public:
    explicit DaemonWorld(std::size_t host_count, int slots = 1) : World(host_count, 1, slots) {
        settings.is_daemon = true;
    }
    void add_at(Duration when, const std::string& command) {
        at(when, [this, command](run::Driver&) { jobs.add(command); });
    }
    void stop_at(Duration when) {
        at(when, [](run::Driver& driver) { driver.stop(1); });
    }
};

queue::Faulty fault(const std::string& what) {
    auto source = std::make_shared<const yaml::Source>("queue.yaml", "- a\n");
    yaml::Diagnostics diagnostics;
    diagnostics.error({0, 1}, what);
    return {std::move(source), std::move(diagnostics)};
}

}  // namespace

TEST_CASE("a daemon waits at an empty queue and runs what comes, until it is stopped") {
    DaemonWorld world(2);
    world.add_at(seconds(5), "first");
    world.add_at(seconds(3600), "second");
    world.stop_at(seconds(7200));
    world.run();
    CHECK(world.recorder.outcomes() ==
          std::map<std::string, Lines>{{"first", {"exit 0"}}, {"second", {"exit 0"}}});
    CHECK(world.seconds() == doctest::Approx(7200));
    CHECK(world.recorder.notes.empty());
}

TEST_CASE("a daemon tells of a faulty queue once, and goes on when it is mended") {
    DaemonWorld world(1);
    world.jobs.add("job");
    world.jobs.fault = fault("no such thing");
    world.at(seconds(20), [&](run::Driver&) {
        world.jobs.fault = fault("another thing");
        world.jobs.has_news = true;
    });
    world.at(seconds(40), [&](run::Driver&) {
        world.jobs.fault.reset();
        world.jobs.has_news = true;
    });
    world.stop_at(seconds(60));
    world.run();
    REQUIRE(world.recorder.notes.size() == 3);
    CHECK(world.recorder.notes[0].starts_with("error: no such thing\n"));
    CHECK(world.recorder.notes[0].ends_with("waiting for queue.yaml to be mended"));
    CHECK(world.recorder.notes[1].starts_with("error: another thing\n"));
    CHECK(world.recorder.notes[2] == "the queue can be taken from again");
    CHECK(world.recorder.queue_fault.empty());
    CHECK(world.hosts[0].started == Lines{"job"});
    CHECK(world.recorder.attempts.at(1).started - world.began_at < seconds(42));
    // It was not looked at again and again.
    CHECK(world.jobs.takes < 40);
}

TEST_CASE("a daemon waits out a full disk, and tells of it once") {
    DaemonWorld world(1);
    world.jobs.add("job");
    world.jobs.failure = "no space left";
    world.at(seconds(90), [&](run::Driver&) { world.jobs.failure.clear(); });
    world.stop_at(seconds(100));
    world.run();
    CHECK(world.recorder.notes == Lines{"no space left; trying again until it passes",
                                        "the queue can be taken from again"});
    CHECK(world.hosts[0].started == Lines{"job"});
    CHECK(world.recorder.queue_fault.empty());
}

TEST_CASE("a daemon waits for the lock as long as it takes") {
    DaemonWorld world(1);
    world.jobs.add("job");
    world.jobs.lock_holder = "editor 7";
    world.at(seconds(600), [&](run::Driver&) { world.jobs.lock_holder.clear(); });
    world.stop_at(seconds(700));
    world.run();
    CHECK(world.recorder.notes == Lines{"waiting for the lock of the queue, held by editor 7"});
    CHECK(world.hosts[0].started == Lines{"job"});
}

TEST_CASE("takes that follow each other closely are a burst, and the queue is tidied after it") {
    DaemonWorld world(1);
    world.hosts[0].on_command = [](const std::string& script) {
        return timed(script, milliseconds(10));
    };
    for (int job = 0; job < 10; ++job)
        world.jobs.add("job");
    std::size_t tidied_by = 0;
    world.at(milliseconds(150), [&](run::Driver&) { tidied_by = world.jobs.tidies; });
    std::size_t tidied_after = 0;
    world.at(milliseconds(400), [&](run::Driver&) { tidied_after = world.jobs.tidies; });
    world.stop_at(seconds(10));
    world.run();
    CHECK(world.jobs.bursts == 9);
    CHECK(tidied_by == 0);
    CHECK(tidied_after == 1);
    CHECK(world.jobs.tidies == 2);
}

TEST_CASE("takes with pauses between them are no burst") {
    DaemonWorld world(1);
    world.hosts[0].on_command = [](const std::string& script) {
        return timed(script, milliseconds(160));
    };
    for (int job = 0; job < 4; ++job)
        world.jobs.add("job");
    world.stop_at(seconds(10));
    world.run();
    CHECK(world.jobs.bursts == 0);
    // At the end alone.
    CHECK(world.jobs.tidies == 1);
}

TEST_CASE("tidying waits for the lock, and is done at the latest when the run ends") {
    World world(1);
    world.hosts[0].on_command = [](const std::string& script) {
        return timed(script, milliseconds(10));
    };
    for (int job = 0; job < 3; ++job)
        world.jobs.add("job");
    SUBCASE("the run ends within the burst") {
        world.run();
        CHECK(world.jobs.tidies == 1);
        CHECK(world.seconds() < 0.1);
    }
    SUBCASE("somebody holds the lock") {
        world.at(milliseconds(25), [&](run::Driver&) { world.jobs.lock_holder = "editor 7"; });
        world.at(seconds(5), [&](run::Driver&) { world.jobs.lock_holder.clear(); });
        world.run();
        CHECK(world.jobs.tidies == 2);
        CHECK(world.seconds() == doctest::Approx(5).epsilon(0.05));
    }
}

TEST_CASE("a daemon tries a host again that is down at the start, less and less often") {
    DaemonWorld world(2);
    world.hosts[1].opening = transport::FakeHost::Opening::fails;
    world.at(seconds(300), [&](run::Driver&) {
        world.hosts[1].opening = transport::FakeHost::Opening::succeeds;
    });
    bool is_up = false;
    world.recorder.on_event = [&](const model::Event& event) {
        const auto* up = std::get_if<model::NodeUp>(&event);
        is_up = is_up || (up != nullptr && up->node.value == 1);
    };
    world.stop_at(seconds(400));
    world.run();
    CHECK(is_up);
    // Told of once.
    CHECK(world.recorder.downs == Lines{"1: connection refused"});
    REQUIRE(world.made.size() >= 7);
    CHECK(world.made.size() <= 13);
    CHECK(world.made[0] >= 0.75);
    CHECK(world.made[0] <= 1.25);
    CHECK(world.made.back() < 376);
}

TEST_CASE("a host that breaks loses what it runs and is used again when it is back") {
    DaemonWorld world(1);
    world.hosts[0].breaks_after = seconds(2);
    world.hosts[0].on_command = [](const std::string& script) { return timed(script, seconds(3)); };
    world.jobs.add("first");
    world.jobs.add("second");
    world.at(seconds(1), [&](run::Driver&) { world.hosts[0].breaks_after.reset(); });
    world.stop_at(seconds(30));
    world.run();
    CHECK(world.recorder.outcomes() ==
          std::map<std::string, Lines>{{"first", {"lost: connection reset"}},
                                       {"second", {"exit 0"}}});
    CHECK(world.recorder.downs == Lines{"0: connection reset"});
    CHECK(world.made.size() == 1);
}

TEST_CASE("a stop while a host is waited for ends the run at once") {
    DaemonWorld world(1);
    world.hosts[0].opening = transport::FakeHost::Opening::fails;
    world.jobs.add("job");
    world.stop_at(seconds(100));
    world.run();
    CHECK(world.seconds() == doctest::Approx(100));
    CHECK(world.jobs.commands() == Lines{"job"});
}
