// SPDX-License-Identifier: MIT
//
// A store that another process keeps locked.
#include "keeping.h"
#include "remuda/base/fd.h"
#include "remuda/run/journal.h"
#include "world.h"

#include <chrono>
#include <optional>

#include <doctest/doctest.h>

using namespace remuda;
using remuda::run::Journal;
using remuda::test::KeptQueue;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* kHeld = "state.db: another process keeps it locked";

class HeldStore final : public run::Recorder {
  public:
    void read(const model::Event& event) override {
        has_news = has_news || std::holds_alternative<model::AttemptEnded>(event);
    }
    Result<void> commit() override {
        ++commits;
        if (is_held) return Error(Code::busy, kHeld);
        has_news = false;
        return {};
    }

    bool is_held = false;
    bool has_news = false;
    std::size_t commits = 0;
};

struct HeldWorld : World {
    HeldWorld() : World(1) {
        keeper = &store;
        hosts[0].on_command = [](const std::string& script) {
            return timed(script, std::chrono::seconds(1));
        };
        jobs.add("a");
        jobs.add("b");
        recorder.on_flush = [this] {
            ++flushes;
            if (store.has_news) ++flushes_too_early;
        };
    }
    void hold(Duration from, std::optional<Duration> to = std::nullopt) {
        at(from, [this](run::Driver&) { store.is_held = true; });
        if (to) at(*to, [this](run::Driver&) { store.is_held = false; });
    }

    HeldStore store;
    std::size_t flushes = 0;
    std::size_t flushes_too_early = 0;
};

// Another process at a store, which holds it for as long as this lives.
class Holder {
  public:
    explicit Holder(const KeptQueue& kept) {
        REQUIRE(sqlite3_open(kept.dir.path("state/state.db").c_str(), &database_) == SQLITE_OK);
        REQUIRE(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    ~Holder() { sqlite3_close(database_); }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

  private:
    sqlite3* database_ = nullptr;
};

}  // namespace

TEST_CASE("while the store is held nothing is started and nothing is shown; then it goes on") {
    HeldWorld world;
    world.hold(milliseconds(500), seconds(10));
    std::size_t flushes = 0;
    world.at(milliseconds(600), [&](run::Driver&) { flushes = world.flushes; });
    world.at(seconds(9), [&](run::Driver&) {
        CHECK(world.flushes == flushes);
        CHECK(world.hosts[0].started == Lines{"a"});
    });
    world.run();
    CHECK(world.hosts[0].started == Lines{"a", "b"});
    CHECK(world.recorder.queue_fault.empty());
    CHECK(world.recorder.notes == Lines{"waiting for the store: " + std::string(kHeld)});
    CHECK(world.flushes_too_early == 0);
    CHECK(world.seconds() < 13);
    // It was tried every second at the most often.
    CHECK(world.store.commits < 30);
}

TEST_CASE("a store that is held for less than two seconds is not worth a word") {
    HeldWorld world;
    world.hold(milliseconds(500), milliseconds(2300));
    world.run();
    CHECK(world.hosts[0].started == Lines{"a", "b"});
    CHECK(world.recorder.notes.empty());
}

TEST_CASE("a store that is held for a minute ends a run with the fault") {
    HeldWorld world;
    world.hold(milliseconds(500));
    world.run();
    CHECK(world.hosts[0].started == Lines{"a"});
    CHECK(world.recorder.queue_fault == "cannot record what happens: " + std::string(kHeld));
    CHECK(world.recorder.outcomes().at("a") == Lines{"exit 0"});
    CHECK(world.recorder.outcomes().at("b").front().starts_with("never started: its start cannot"));
    CHECK(world.seconds() >= 60);
    CHECK(world.seconds() < 65);
}

TEST_CASE("a daemon waits for its store for as long as it takes") {
    HeldWorld world;
    world.settings.is_daemon = true;
    world.hold(milliseconds(500), hours(2));
    world.at(hours(3), [](run::Driver& driver) { driver.stop(1); });
    world.run();
    CHECK(world.hosts[0].started == Lines{"a", "b"});
    CHECK(world.recorder.queue_fault.empty());
    CHECK(world.recorder.notes.size() == 1);
    CHECK(world.flushes_too_early == 0);
}

TEST_CASE("a stop waits for the store for another minute, the third one not at all") {
    HeldWorld world;
    world.settings.is_daemon = true;
    world.hold(milliseconds(500));
    world.at(seconds(600), [](run::Driver& driver) { driver.stop(1); });
    SUBCASE("a minute") {
        world.run();
        CHECK(world.seconds() >= 660);
        CHECK(world.seconds() < 670);
        CHECK(world.recorder.queue_fault.find(kHeld) != std::string::npos);
    }
    SUBCASE("not at all") {
        world.at(seconds(605), [](run::Driver& driver) { driver.stop(3); });
        world.run();
        CHECK(world.seconds() < 610);
        CHECK(world.recorder.notes.back().find("third stop leaves at once") != std::string::npos);
    }
}

TEST_CASE("a command that writes more and more is not read while the store is held") {
    HeldWorld world;
    world.hosts[0].on_command = [](const std::string&) {
        transport::FakeCommand command;
        for (int line = 0; line < 100; ++line)
            command.prints("line\n", model::Stream::out, milliseconds(100));
        return command.ends(model::Exited{}, seconds(1));
    };
    world.jobs.jobs.pop_back();
    world.hold(milliseconds(50), seconds(30));
    world.at(seconds(29),
             [&](run::Driver&) { CHECK(world.recorder.attempts.at(1).output.size() < 50); });
    world.run();
    CHECK(world.recorder.attempts.at(1).output.size() == 500);
    CHECK(world.recorder.attempts.at(1).outcome == "exit 0");
}

TEST_CASE("a take that finds the store held is tried again, and given up after a minute") {
    HeldWorld world;
    world.keeper = nullptr;
    world.jobs.store_fault = kHeld;
    const std::string told = "waiting for the store: " + std::string(kHeld);
    SUBCASE("it is free again") {
        world.at(seconds(20), [&](run::Driver&) { world.jobs.store_fault.clear(); });
        world.run();
        CHECK(world.hosts[0].started == Lines{"a", "b"});
        CHECK(world.recorder.notes == Lines{told});
        CHECK(world.recorder.queue_fault.empty());
    }
    SUBCASE("it is not") {
        world.run();
        CHECK(world.recorder.queue_fault == kHeld);
        CHECK(world.recorder.notes == Lines{told});
        CHECK(world.seconds() >= 60);
        CHECK(world.seconds() < 65);
    }
    SUBCASE("a stop ends the wait") {
        world.at(seconds(5), [](run::Driver& driver) { driver.stop(1); });
        world.run();
        CHECK(world.seconds() < 6);
        CHECK(world.recorder.queue_fault.empty());
    }
    SUBCASE("who else waits for it says nothing") {
        world.keeper = &world.store;
        world.store.is_held = true;
        const auto free = [&](run::Driver&) {
            world.jobs.store_fault.clear();
            world.store.is_held = false;
        };
        world.at(seconds(20), free);
        world.run();
        CHECK(world.recorder.notes == Lines{told});
        CHECK(world.recorder.queue_fault.empty());
    }
}

TEST_CASE("a real store that somebody else holds for a while costs no job and no outcome") {
    World world(1);
    world.fleet.nodes[0].label = "n1";
    world.hosts[0].on_command = [](const std::string& script) { return timed(script, seconds(1)); };
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- a\n- b\n- c\n").has_value());
    const auto store = kept.open();
    Journal journal(*store, world.fleet);
    REQUIRE(journal.begin(kept.info("queue")).has_value());
    queue::QueueSettings settings;
    settings.ledger = &journal;
    queue::Queue queue(kept.path, settings);
    const auto jobs = run::make_source(queue);
    world.keeper = &journal;

    std::optional<Holder> holder;
    const auto let_go = [&](run::Driver&) { holder.reset(); };
    SUBCASE("when a job is taken") {
        holder.emplace(kept);
        world.at(seconds(5), let_go);
    }
    SUBCASE("when one ends") {
        world.at(milliseconds(500), [&](run::Driver&) { holder.emplace(kept); });
        world.at(seconds(5), let_go);
    }
    SUBCASE("when the run ends") {
        world.recorder.on_event = [&](const model::Event& event) {
            const auto* ended = std::get_if<model::AttemptEnded>(&event);
            if (ended != nullptr && ended->attempt.value == 3) holder.emplace(kept);
        };
        world.at(seconds(8), let_go);
    }
    world.run(*jobs);
    CHECK(world.hosts[0].started == Lines{"a", "b", "c"});
    CHECK(world.recorder.queue_fault.empty());
    CHECK(world.recorder.notes ==
          Lines{"waiting for the store: " + kept.dir.path("state/state.db") +
                ": another process keeps it locked"});
    CHECK(journal.commit().has_value());
    CHECK(load_file(kept.path).value() == "");
    CHECK(kept.left().empty());
    CHECK(kept.sql("SELECT count(*) FROM attempts WHERE kind = 0 AND code = 0") == "3");
    CHECK(kept.sql("SELECT count(*) FROM runs WHERE ending = 0") == "1");
}
