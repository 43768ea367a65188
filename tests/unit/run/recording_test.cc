// SPDX-License-Identifier: MIT
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::seconds;

namespace {

// Keeps the order of things in one list.
class Diary final : public run::Recorder {
  public:
    void read(const model::Event& event) override {
        if (std::holds_alternative<model::AttemptStarted>(event)) untold.emplace_back("started");
        if (std::holds_alternative<model::AttemptEnded>(event)) untold.emplace_back("ended");
    }
    Result<void> commit() override {
        if (is_full) return Error(Code::system, "No space left on device");
        for (std::string& what : untold)
            lines.push_back("commit " + what);
        untold.clear();
        return {};
    }

    std::vector<std::string> lines;
    std::vector<std::string> untold;
    bool is_full = false;
};

}  // namespace

TEST_CASE("a start is on record before the command is sent, an outcome before it is shown") {
    World world(1);
    Diary diary;
    world.keeper = &diary;
    world.hosts[0].on_command = [&](const std::string& script) {
        diary.lines.push_back("send " + script);
        return timed(script, seconds(1));
    };
    bool has_outcome = false;
    world.recorder.on_event = [&](const model::Event& event) {
        has_outcome = has_outcome || std::holds_alternative<model::AttemptEnded>(event);
    };
    world.recorder.on_flush = [&] {
        CHECK(diary.untold.empty());
        if (std::exchange(has_outcome, false)) diary.lines.emplace_back("show");
    };
    world.jobs.add("a");
    world.run();
    const std::vector<std::string> expected = {"commit started", "send a", "commit ended", "show"};
    CHECK(diary.lines == expected);
}

TEST_CASE("what ends while it is being started is on record before it is shown") {
    World world(1);
    Diary diary;
    world.keeper = &diary;
    world.recorder.on_flush = [&] { CHECK(diary.untold.empty()); };
    world.jobs.add("a");
    world.jobs.add("b");
    world.run();
    CHECK(world.recorder.attempts.size() == 2);
}

TEST_CASE("what ends at the same moment is committed with what is started in its place") {
    World world(4);
    Diary diary;
    world.keeper = &diary;
    for (auto& host : world.hosts)
        host.on_command = [](const std::string& script) { return timed(script, seconds(1)); };
    for (int job = 0; job < 8; ++job)
        world.jobs.add("job");
    std::size_t flushes = 0;
    world.recorder.on_flush = [&] { ++flushes; };
    world.run();
    CHECK(world.recorder.outcomes().at("job").size() == 8);
    CHECK(flushes < 16);
}

TEST_CASE("a command whose start cannot be recorded is not sent, and no further job is taken") {
    World world(1);
    Diary diary;
    diary.is_full = true;
    world.keeper = &diary;
    world.jobs.add("a");
    world.jobs.add("b");
    world.run();
    CHECK(world.hosts[0].started.empty());
    CHECK(world.recorder.attempts.at(1).outcome.starts_with("never started: its start cannot be"));
    CHECK(world.recorder.queue_fault.find("No space left on device") != std::string::npos);
    CHECK(world.jobs.commands() == std::vector<std::string>{"b"});
}

TEST_CASE("an outcome that cannot be recorded is told all the same, and ends the taking of jobs") {
    World world(1);
    Diary diary;
    world.keeper = &diary;
    world.hosts[0].on_command = [&](const std::string& script) {
        diary.is_full = true;
        return timed(script, seconds(1));
    };
    world.jobs.add("a");
    world.jobs.add("b");
    world.run();
    CHECK(world.recorder.attempts.at(1).outcome == "exit 0");
    CHECK(world.recorder.queue_fault.find("cannot record") != std::string::npos);
}

TEST_CASE("a daemon that cannot record waits until it can, and then goes on") {
    World world(1);
    Diary diary;
    diary.is_full = true;
    world.keeper = &diary;
    world.settings.is_daemon = true;
    world.jobs.add("a");
    world.jobs.add("b");
    world.at(seconds(5), [&](run::Driver&) {
        CHECK(world.hosts[0].started.empty());
        diary.is_full = false;
    });
    world.at(seconds(20), [](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.hosts[0].started == std::vector<std::string>{"a", "b"});
    CHECK(world.recorder.queue_fault.empty());
    REQUIRE(world.recorder.notes.size() == 1);
    CHECK(world.recorder.notes[0].find("trying again") != std::string::npos);
}

TEST_CASE("a daemon that cannot record can be stopped") {
    World world(1);
    Diary diary;
    diary.is_full = true;
    world.keeper = &diary;
    world.settings.is_daemon = true;
    world.jobs.add("a");
    world.at(seconds(5), [](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.hosts[0].started.empty());
    CHECK(world.recorder.attempts.at(1).outcome.starts_with("never started: "));
}
