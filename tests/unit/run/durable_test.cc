// SPDX-License-Identifier: MIT
//
// Jobs that outlive their connections: followed again when the host is back, picked up from earlier
// runs, left behind when nobody waits.
#include "world.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::World;
using std::chrono::minutes;
using std::chrono::seconds;
using transport::FakeCommand;
using transport::FakeHost;

namespace {

/// Its hosts keep receipts; commands print "one", "two" 10 s later, and end 10 s later.
void keep_receipts(World& world) {
    world.settings.key_prefix = "run-";
    for (FakeHost& host : world.hosts) {
        host.keeper = {"boot", "epoch"};
        host.on_command = [](const std::string&) {
            FakeCommand command;
            command.prints("one").prints("two", model::Stream::out, seconds(10));
            return command.ends(model::Exited{7}, seconds(10));
        };
    }
}

model::JobResumed resumed(const std::string& key, std::uint64_t job = 1) {
    model::JobResumed resumed;
    resumed.job.id = {job};
    resumed.job.command = "earlier";
    resumed.node = {0};
    resumed.slots = {0};
    resumed.command = "earlier";
    resumed.durable = {key, "boot", "epoch"};
    return resumed;
}

}  // namespace

TEST_CASE("a durable job goes on while its host is away, and its output at the right byte") {
    World world(1);
    keep_receipts(world);
    world.hosts[0].breaks_after = seconds(5);
    world.at(seconds(4), [&](run::Driver&) { world.hosts[0].breaks_after.reset(); });
    world.jobs.add("job");
    world.run();

    REQUIRE(world.recorder.attempts.size() == 1);
    const auto& attempt = world.recorder.attempts.begin()->second;
    CHECK(attempt.output == "onetwo");
    CHECK(attempt.outcome == "exit 7");
    CHECK(world.hosts[0].started.size() == 1);
    CHECK(world.hosts[0].attached == std::vector<std::string>{"run-1 3 0"});
    CHECK(world.hosts[0].released == std::vector<std::string>{"run-1"});
}

TEST_CASE("a durable job that never reached its host runs again, and only once") {
    World world(1);
    keep_receipts(world);
    world.hosts[0].breaks_after = seconds(5);
    world.at(seconds(4), [&](run::Driver&) { world.hosts[0].breaks_after.reset(); });
    world.at(seconds(5), [&](run::Driver&) { world.hosts[0].kept.clear(); });
    world.jobs.add("job");
    world.run();
    CHECK(world.recorder.outcomes().at("job") ==
          std::vector<std::string>{"refused: never started there", "exit 7"});
}

TEST_CASE("whoever loses its receipts has the job reported as lost") {
    World world(1);
    keep_receipts(world);
    world.hosts[0].breaks_after = seconds(5);
    world.at(seconds(4), [&](run::Driver&) { world.hosts[0].breaks_after.reset(); });
    world.at(seconds(5), [&](run::Driver&) {
        world.hosts[0].kept.clear();
        world.hosts[0].keeper = {"another boot", "epoch"};
    });
    world.jobs.add("job");
    world.run();
    CHECK(world.recorder.outcomes().at("job") ==
          std::vector<std::string>{"lost: its receipt is gone"});
}

TEST_CASE("a host that stays away for too long leaves its durable jobs to the next run") {
    World world(2);
    keep_receipts(world);
    world.settings.lost_after = minutes(3);
    world.hosts[0].breaks_after = seconds(5);
    world.at(seconds(4), [&](run::Driver&) { world.hosts[0].opening = FakeHost::Opening::fails; });
    world.jobs.add("job 1");
    world.jobs.add("job 2");
    world.run();
    CHECK(world.recorder.outcomes().at("job 1") ==
          std::vector<std::string>{"left: its host cannot be reached"});
    CHECK(world.recorder.outcomes().at("job 2") == std::vector<std::string>{"exit 7"});
    CHECK(world.seconds() == doctest::Approx(185).epsilon(0.01));
    CHECK(world.hosts[0].released.empty());
}

TEST_CASE("leaving at once leaves durable jobs running") {
    World world(1);
    keep_receipts(world);
    world.at(seconds(1), [&](run::Driver& driver) { driver.stop(3); });
    world.jobs.add("job");
    world.run();
    CHECK(world.recorder.outcomes().at("job") ==
          std::vector<std::string>{"left: left while it ran"});
    CHECK(world.hosts[0].released.empty());
}

TEST_CASE("a durable job on a host that is away is ended when the host is back") {
    World world(1);
    keep_receipts(world);
    world.settings.grace = seconds(60);
    world.hosts[0].breaks_after = seconds(5);
    world.at(seconds(4), [&](run::Driver&) { world.hosts[0].breaks_after.reset(); });
    world.at(seconds(5) + std::chrono::milliseconds(100),
             [](run::Driver& driver) { driver.stop(2); });
    world.jobs.add("job");
    world.run();
    CHECK(world.recorder.outcomes().at("job") == std::vector<std::string>{"cancelled"});
    CHECK(world.hosts[0].signals == std::vector<std::string>{"TERM"});
}

TEST_CASE("a durable job whose host does not come back cannot be ended, and is left") {
    World world(1);
    keep_receipts(world);
    world.hosts[0].breaks_after = seconds(5);
    world.at(seconds(4), [&](run::Driver&) { world.hosts[0].opening = FakeHost::Opening::fails; });
    world.at(seconds(6), [](run::Driver& driver) { driver.stop(2); });
    world.jobs.add("job");
    world.run();
    CHECK(world.recorder.outcomes().at("job") ==
          std::vector<std::string>{"left: its host could not be reached to end it"});
    CHECK(world.seconds() < 30);
}

TEST_CASE("a durable job whose time was over while its host is away can still be left") {
    World world(1);
    keep_receipts(world);
    world.settings.lost_after = minutes(10);
    world.settings.defaults.timeout = seconds(6);
    world.hosts[0].breaks_after = seconds(5);
    world.at(seconds(4), [&](run::Driver&) { world.hosts[0].opening = FakeHost::Opening::fails; });
    SUBCASE("by ending it") {
        world.at(seconds(10), [](run::Driver& driver) { driver.stop(2); });
    }
    SUBCASE("by hanging up") {
        world.at(seconds(10), [](run::Driver& driver) { driver.hang_up(); });
    }
    world.jobs.add("job");
    world.run();
    CHECK(world.seconds() < 60);
    REQUIRE(world.recorder.outcomes().at("job").size() == 1);
    CHECK(world.recorder.outcomes().at("job").front().starts_with("left: "));
}

TEST_CASE("a job of an earlier run goes on, keeps its slots and is told from where it was") {
    World world(1);
    keep_receipts(world);
    FakeCommand command;
    command.prints("hello").prints(" world", model::Stream::out, seconds(20));
    command.ends(model::Exited{0}, seconds(1));
    world.hosts[0].kept["old-9"] = {world.loop.now(), command};
    world.resumed.push_back(resumed("old-9"));
    world.resumed.front().out = 2;
    world.jobs.add("new", {}, 2);
    world.run();

    const auto& first = world.recorder.attempts.at(1);
    CHECK(first.command == "earlier");
    CHECK(first.output == "llo world");
    CHECK(first.outcome == "exit 0");
    // The only slot was taken until then.
    const auto& second = world.recorder.attempts.at(2);
    CHECK(second.command == "new");
    CHECK(second.started >= first.ended);
    CHECK(world.hosts[0].released == std::vector<std::string>{"old-9", "run-2"});
}

TEST_CASE("a job that is attached to keeps its grace") {
    World world(1);
    keep_receipts(world);
    world.hosts[0].kept["old-9"] = {world.loop.now(), FakeCommand().ends(model::Exited{0})};
    world.resumed.push_back(resumed("old-9"));
    world.resumed.front().job.options.grace = seconds(60);
    world.run();
    CHECK(world.hosts[0].graces == std::vector<Duration>{seconds(60)});
}

TEST_CASE("a job of an earlier run that never started runs now") {
    World world(1);
    keep_receipts(world);
    world.resumed.push_back(resumed("old-9"));
    world.run();
    CHECK(world.recorder.outcomes().at("earlier") ==
          std::vector<std::string>{"refused: never started there", "exit 7"});
}

TEST_CASE("a job of an earlier run goes on when its host, which was away at first, is back") {
    World world(1);
    keep_receipts(world);
    FakeCommand command;
    command.prints("hello").ends(model::Exited{4}, seconds(1));
    world.hosts[0].kept["old-9"] = {world.loop.now(), command};
    world.hosts[0].opening = FakeHost::Opening::fails;
    world.at(seconds(5),
             [&](run::Driver&) { world.hosts[0].opening = FakeHost::Opening::succeeds; });
    world.resumed.push_back(resumed("old-9"));
    world.run();
    CHECK(world.recorder.outcomes().at("earlier") == std::vector<std::string>{"exit 4"});
    CHECK(world.recorder.attempts.at(1).output == "hello");
    CHECK(world.seconds() < 30);
}

TEST_CASE("a host that is not yet known to be away is not asked for its jobs all the time") {
    World world(1);
    keep_receipts(world);
    world.hosts[0].breaks_after = seconds(5);
    world.hosts[0].news_takes = seconds(1);
    world.at(seconds(4), [&](run::Driver&) { world.hosts[0].breaks_after.reset(); });
    world.jobs.add("job");
    world.run();
    CHECK(world.recorder.outcomes().at("job") == std::vector<std::string>{"exit 7"});
    CHECK(world.recorder.attempts.at(1).output == "onetwo");
    CHECK(world.hosts[0].attached.size() < 30);
}

TEST_CASE("where nobody can be asked any more, a job of an earlier run is left to the next") {
    World world(1);
    world.resumed.push_back(resumed("old-9"));
    world.run();
    CHECK(world.recorder.outcomes().at("earlier") ==
          std::vector<std::string>{"left: the shim, which knows of it, is not used there now"});
}

TEST_CASE("who hangs up leaves durable jobs at once, and the others their time") {
    World world(2);
    keep_receipts(world);
    world.hosts[1].keeper.reset();
    world.at(seconds(1), [&](run::Driver& driver) { driver.hang_up(); });
    world.jobs.add("durable");
    world.jobs.add("not");
    world.jobs.add("waiting");
    world.run();
    CHECK(world.recorder.outcomes().at("durable") ==
          std::vector<std::string>{"left: left while it ran"});
    CHECK(world.recorder.outcomes().at("not") == std::vector<std::string>{"exit 7"});
    CHECK(world.jobs.commands() == std::vector<std::string>{"waiting"});
    CHECK(world.hosts[0].signals.empty());
    CHECK(world.hosts[0].released.empty());
}

TEST_CASE("a retry that an earlier run owed is made, and no more of them than there are left") {
    World world(1);
    keep_receipts(world);
    world.settings.defaults.retries = 3;
    world.resumed.push_back(resumed("old-9"));
    world.resumed.front().number = 2;
    world.resumed.front().ended = model::Exited{7};
    world.run();
    CHECK(world.recorder.outcomes().at("earlier") ==
          std::vector<std::string>{"exit 7", "exit 7", "exit 7"});
    // The receipt of the attempt before is of no use any more.
    CHECK(world.hosts[0].released == std::vector<std::string>{"old-9", "run-2", "run-3"});
}

TEST_CASE("who only follows starts nothing and has nothing forgotten") {
    World world(1);
    keep_receipts(world);
    world.settings.only_follows = true;
    world.settings.releases = false;
    FakeCommand command;
    command.prints("hello").ends(model::Exited{4}, seconds(1));
    world.hosts[0].kept["old-1"] = {world.loop.now(), command};
    world.resumed.push_back(resumed("old-1", 1));
    world.resumed.push_back(resumed("unknown", 2));
    world.resumed.back().slots.clear();
    world.run();
    CHECK(world.recorder.outcomes().at("earlier") ==
          std::vector<std::string>{"exit 4", "refused: never started there",
                                   "never started: its host refused to go on with it"});
    CHECK(world.hosts[0].started.empty());
    CHECK(world.hosts[0].released.empty());
}
