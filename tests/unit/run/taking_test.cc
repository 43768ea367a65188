// SPDX-License-Identifier: MIT
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::milliseconds;
using std::chrono::seconds;
using transport::FakeCommand;
using Lines = std::vector<std::string>;

TEST_CASE("a lock held for long is named once, and the job is taken when it is free") {
    World world(1);
    world.jobs.add("job");
    world.jobs.lock_holder = "editor 7";
    world.at(seconds(30), [&](run::Driver&) { world.jobs.lock_holder.clear(); });
    world.run();
    CHECK(world.recorder.notes == Lines{"waiting for the lock of the queue, held by editor 7"});
    CHECK(world.hosts[0].started == Lines{"job"});
    CHECK(world.seconds() == doctest::Approx(30).epsilon(0.01));
}

TEST_CASE("a lock held for a moment is not worth a word") {
    World world(1);
    world.jobs.add("job");
    world.jobs.lock_holder = "editor 7";
    world.at(milliseconds(500), [&](run::Driver&) { world.jobs.lock_holder.clear(); });
    world.run();
    CHECK(world.recorder.notes.empty());
    CHECK(world.hosts[0].started == Lines{"job"});
}

TEST_CASE("a stop ends the wait for the lock, and nothing is taken") {
    World world(1);
    world.jobs.add("job");
    world.jobs.lock_holder = "editor 7";
    world.at(milliseconds(250), [&](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.jobs.commands() == Lines{"job"});
    CHECK(world.seconds() == doctest::Approx(0.25));
}

TEST_CASE("a wait for the lock ends when a failure is to stop the run") {
    World world(2);
    world.settings.stop_on_failure = true;
    world.hosts[1].opening_takes = milliseconds(100);
    world.hosts[0].on_command = [](const std::string& script) {
        return timed(script, seconds(2), 1);
    };
    world.jobs.add("bad");
    world.jobs.add("later");
    world.at(milliseconds(50), [&](run::Driver&) { world.jobs.lock_holder = "editor 7"; });
    world.run();
    CHECK(world.jobs.commands() == Lines{"later"});
    CHECK(world.seconds() <= 3);
}

TEST_CASE("a queue that cannot be taken from ends the run when nothing runs") {
    World world(2);
    world.hosts[0].on_command = [](const std::string& script) { return timed(script, seconds(2)); };
    world.hosts[1].opening_takes = seconds(1);
    world.jobs.add("job");
    world.jobs.add("later");
    world.at(milliseconds(500), [&](run::Driver&) { world.jobs.failure = "no space left"; });
    world.run();
    CHECK(world.recorder.queue_fault == "no space left");
    CHECK(world.recorder.outcomes().at("job") == Lines{"exit 0"});
    CHECK(world.jobs.commands() == Lines{"later"});
}

TEST_CASE("jobs that never started go back in their order, even past a locked queue") {
    World world(2);
    for (auto& host : world.hosts) {
        host.on_command = [](const std::string&) {
            FakeCommand command;
            command.refuses("no channel", seconds(3));
            return command;
        };
    }
    for (const char* name : {"first", "second", "third"})
        world.jobs.add(name);
    world.at(seconds(1), [&](run::Driver& driver) {
        world.jobs.lock_holder = "editor 7";
        driver.stop(1);
    });
    SUBCASE("the lock becomes free") {
        world.at(seconds(60), [&](run::Driver&) { world.jobs.lock_holder.clear(); });
        world.run();
        CHECK(world.recorder.notes == Lines{"waiting for the lock of the queue, held by editor 7"});
        REQUIRE(world.jobs.jobs.size() == 3);
        CHECK(world.jobs.commands().back() == "third");
    }
    SUBCASE("the user leaves at once") {
        world.at(seconds(10), [&](run::Driver& driver) { driver.stop(3); });
        world.run();
        REQUIRE(world.recorder.notes.size() == 3);
        CHECK(world.recorder.notes[1] ==
              "not put back, since the queue is locked by editor 7; the next start does it: first");
        CHECK(world.seconds() == doctest::Approx(10));
    }
}

TEST_CASE(
    "a job that cannot go back for another reason than the lock is kept, and put back later") {
    World world(2);
    for (auto& host : world.hosts) {
        host.on_command = [](const std::string&) {
            FakeCommand command;
            command.refuses("no channel", seconds(3));
            return command;
        };
    }
    world.jobs.add("first");
    world.jobs.add("second");
    world.at(seconds(1), [&](run::Driver& driver) {
        world.jobs.put_back_failure = "no space left";
        driver.stop(1);
    });
    const std::string told = "no space left; trying again until it passes";
    SUBCASE("it passes") {
        world.at(milliseconds(3500), [&](run::Driver&) { world.jobs.put_back_failure.clear(); });
        world.run();
        CHECK(world.recorder.notes == Lines{told});
        CHECK(world.jobs.commands().size() == 2);
    }
    SUBCASE("it does not") {
        world.run();
        const std::string left = "not put back, since no space left; the next start does it: ";
        REQUIRE(world.recorder.notes.size() == 3);
        CHECK(world.recorder.notes[0] == told);
        CHECK(world.recorder.notes[1].starts_with(left));
        CHECK(world.recorder.notes[2].starts_with(left));
        CHECK(world.seconds() < 5);
    }
}

TEST_CASE("what went back late is taken again") {
    World world(1);
    world.settings.is_daemon = true;
    world.jobs.add("job");
    world.hosts[0].on_command = [&, tries = 0](const std::string& script) mutable {
        if (++tries > 1) return timed(script, seconds(1));
        FakeCommand command;
        command.refuses("no channel", seconds(3));
        return command;
    };
    // It is the only node that is there: when it leaves, the job goes back.
    world.at(seconds(1), [&](run::Driver& driver) {
        world.jobs.put_back_failure = "no space left";
        (void)driver.change_fleet({}, {{0}});
    });
    world.at(seconds(20),
             [&](run::Driver& driver) { (void)driver.change_fleet({world.joining(0)}, {}); });
    world.at(seconds(30), [&](run::Driver&) { world.jobs.put_back_failure.clear(); });
    world.at(seconds(40), [](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.recorder.notes == Lines{"no space left; trying again until it passes"});
    CHECK(world.recorder.outcomes().at("job") == Lines{"refused: no channel", "exit 0"});
}

TEST_CASE("where many slots get free one after the other, jobs are taken in handfuls") {
    World world(1, 1, 32);
    int started = 0;
    world.hosts[0].on_command = [&](const std::string& script) {
        return timed(script, milliseconds(40 + started++ % 32));
    };
    for (int job = 0; job < 320; ++job)
        world.jobs.add("job " + std::to_string(job));
    world.run();
    CHECK(world.recorder.attempts.size() == 320);
    // 32 at first; then when a quarter is free, or every 30 ms.
    CHECK(world.jobs.takes < 80);
    CHECK(world.seconds() < 0.8);
}

TEST_CASE("a few slots are filled at once") {
    World world(1, 1, 4);
    world.hosts[0].on_command = [](const std::string& script) {
        return timed(script, milliseconds(1));
    };
    for (int job = 0; job < 400; ++job)
        world.jobs.add("job");
    world.run();
    CHECK(world.seconds() < 0.11);
}
