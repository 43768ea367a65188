// SPDX-License-Identifier: MIT
//
// The driver over a real queue file.
#include "remuda/base/fd.h"
#include "remuda/run/plan.h"
#include "support/temp_dir.h"
#include "world.h"

#include <filesystem>

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::TempDir;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::seconds;
using transport::FakeHost;

namespace {

struct QueueFile {
    explicit QueueFile(const std::string& text) { REQUIRE(replace_file(path, text).has_value()); }

    void run(World& world) const {
        queue::Queue queue(path, run::plan_check(world.fleet));
        const auto source = run::make_source(queue);
        world.run(*source);
    }
    [[nodiscard]] std::string text() const { return load_file(path).value(); }

    TempDir dir;
    std::string path = dir.path("queue.yaml");
};

}  // namespace

TEST_CASE("the jobs of a queue file are run, and what was added meanwhile too") {
    World world(2);
    for (FakeHost& host : world.hosts) {
        host.on_command = [](const std::string& script) { return timed(script, seconds(3)); };
    }
    QueueFile file("# mine\n- command:\n    - a {{ x }}\n    - b\n  x: [1, 2]\n");
    world.at(seconds(5), [&](run::Driver&) {
        REQUIRE(replace_file(file.path, file.text() + "- c on {{ hostname }}\n").has_value());
    });
    file.run(world);
    const auto outcomes = world.recorder.outcomes();
    CHECK(outcomes.at("a 1") == std::vector<std::string>{"exit 0"});
    CHECK(outcomes.at("a 2") == std::vector<std::string>{"exit 0"});
    CHECK(outcomes.at("b") == std::vector<std::string>{"exit 0", "exit 0"});
    CHECK(world.recorder.attempts.size() == 5);
    CHECK(world.recorder.attempts.at(5).command.starts_with("c on host"));
}

TEST_CASE("a queue file that becomes faulty ends the run with the fault shown") {
    World world(1);
    QueueFile file("- a\n- b\n");
    world.hosts[0].on_command = [](const std::string& script) { return timed(script, seconds(3)); };
    world.at(seconds(1), [&](run::Driver&) {
        REQUIRE(replace_file(file.path, "- b {{ nonsense }}\n").has_value());
    });
    file.run(world);
    CHECK(world.recorder.outcomes().size() == 1);
    REQUIRE(world.recorder.notes.size() == 1);
    CHECK(world.recorder.notes[0].find("nonsense") != std::string::npos);
    CHECK(world.recorder.queue_fault == file.path + " is faulty");
    CHECK(file.text() == "- b {{ nonsense }}\n");
}

TEST_CASE("a job that was refused and not rerun is in the queue file again") {
    World world(1);
    QueueFile file("- a\n- b\n");
    world.hosts[0].on_command = [](const std::string&) {
        transport::FakeCommand command;
        command.refuses("no channel", seconds(3));
        return command;
    };
    world.at(seconds(1), [](run::Driver& driver) { driver.stop(1); });
    file.run(world);
    CHECK(file.text() == "- command:\n    - a\n- b\n");
}

TEST_CASE("a file that is empty, missing or faulty for a moment is being saved, and waited for") {
    for (const char* half_saved : std::initializer_list<const char*>{"", "- \"b", nullptr}) {
        World world(1);
        QueueFile file("- a\n- b\n- c\n");
        world.hosts[0].on_command = [](const std::string& script) {
            return timed(script, seconds(3));
        };
        world.at(std::chrono::milliseconds(2900), [&](run::Driver&) {
            std::filesystem::remove(file.path);
            if (half_saved != nullptr) REQUIRE(replace_file(file.path, half_saved).has_value());
        });
        world.at(std::chrono::milliseconds(3600),
                 [&](run::Driver&) { REQUIRE(replace_file(file.path, "- b\n- d\n").has_value()); });
        file.run(world);
        CHECK(world.recorder.outcomes().size() == 3);
        CHECK(world.recorder.outcomes().contains("d"));
        CHECK(world.recorder.queue_fault.empty());
        CHECK(world.recorder.notes.empty());
    }
}
