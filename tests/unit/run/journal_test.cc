// SPDX-License-Identifier: MIT
#include "remuda/run/journal.h"

#include "keeping.h"
#include "remuda/base/fd.h"
#include "remuda/history/log_files.h"
#include "remuda/history/query.h"

using namespace remuda;
using remuda::run::Journal;
using remuda::test::fleet_of;
using remuda::test::job_of;
using remuda::test::KeptQueue;

namespace {

struct World {
    explicit World(const std::string& mode = "queue") {
        REQUIRE(journal.begin(kept.info(mode)).has_value());
    }
    void claim(std::uint64_t id) {
        const auto job = job_of(id, "job " + std::to_string(id));
        REQUIRE(journal.claim({job}, {queue::canonical_entry(job)}, "mark").has_value());
        journal.read(model::JobTaken{job});
    }
    void start(std::uint64_t attempt, std::uint64_t job, std::uint64_t node = 0) {
        journal.read(model::AttemptStarted{{attempt}, {job}, {node}, {0}, "command"});
    }
    void end(std::uint64_t attempt, const model::Outcome& outcome = model::Exited{}) {
        journal.read(model::AttemptEnded{{attempt}, outcome});
    }
    /// Commands of jobs that a run which begins now would find, if this one were dead: what was not
    /// brought to an end.
    std::vector<std::string> open_after_end() {
        journal.read(model::RunEnded{});
        CHECK(journal.commit().has_value());
        std::vector<std::string> texts;
        for (const history::LeftJob& job : kept.left())
            texts.push_back(job.text);
        return texts;
    }

    KeptQueue kept;
    model::Fleet fleet = fleet_of(2);
    std::unique_ptr<history::Store> store = kept.open();
    Journal journal{*store, fleet};
};

using Texts = std::vector<std::string>;

std::string text_of(std::uint64_t id) {
    return queue::canonical_entry(job_of(id, "job " + std::to_string(id)));
}

}  // namespace

TEST_CASE("claims are written when claim returns, starts and ends at the commit") {
    World world;
    world.claim(1);
    CHECK_FALSE(world.store->has_uncommitted());
    world.start(1, 1);
    CHECK(world.store->has_uncommitted());
    REQUIRE(world.journal.commit().has_value());
    world.end(1);
    CHECK(world.store->has_uncommitted());
    REQUIRE(world.journal.commit().has_value());
    CHECK(world.open_after_end() == Texts{});
}

TEST_CASE("in queue mode a job is finished by the end of an attempt, not by a refusal") {
    World world;
    world.claim(1);
    world.claim(2);
    world.start(1, 1);
    world.journal.read(model::AttemptRefused{{1}, "no"});
    world.start(2, 2);
    world.journal.read(model::AttemptRefused{{2}, "no"});
    world.start(3, 1);
    world.end(3, model::Lost{"cut"});
    CHECK(world.open_after_end() == Texts{text_of(2)});
}

TEST_CASE("in broadcast a job is finished when all its attempts have ended") {
    World world("broadcast");
    world.claim(1);
    world.start(1, 1, 0);
    world.start(2, 1, 1);
    world.end(1);
    SUBCASE("not before") {
        world.journal.read(model::QueueEmpty{});
        CHECK(world.open_after_end() == Texts{text_of(1)});
    }
    SUBCASE("when the next is taken") {
        world.end(2);
        world.claim(2);
        CHECK(world.open_after_end() == Texts{text_of(2)});
    }
    SUBCASE("when the run ends") {
        world.end(2);
        CHECK(world.open_after_end() == Texts{});
    }
    SUBCASE("also where a node refused and was skipped") {
        world.journal.read(model::AttemptRefused{{2}, "no"});
        world.start(3, 1, 1);
        world.end(3, model::NeverStarted{"no"});
        CHECK(world.open_after_end() == Texts{});
    }
}

TEST_CASE("a job for no node is brought to its end with the reason") {
    World world;
    const auto job = job_of(1, "big");
    REQUIRE(world.journal.claim({job}, {"big"}, "").has_value());
    world.journal.read(model::JobTooBig{job, "it needs 9 slots"});
    CHECK(world.open_after_end() == Texts{});
}

TEST_CASE("a job that was put back is not left, one that could not be is") {
    World world;
    world.claim(1);
    world.claim(2);
    world.journal.withdraw({1});
    CHECK_FALSE(world.store->has_uncommitted());
    CHECK(world.open_after_end() == Texts{text_of(2)});
}

TEST_CASE("repeats are counted by the store") {
    World world;
    world.claim(1);
    CHECK(world.journal.times_taken(text_of(1)).value() == 1);
    world.journal.skipped_repeat(text_of(1));
    CHECK(world.journal.times_taken(text_of(1)).value() == 0);
}

TEST_CASE("a node that joins a broadcast is known by its label") {
    World world("broadcast");
    world.claim(1);
    model::Fleet grown = fleet_of(3);
    world.fleet.nodes.push_back(grown.nodes[2]);
    world.journal.read(model::NodeAdded{{2}, {2}, 1});
    world.start(1, 1, 0);
    world.start(2, 1, 1);
    world.end(1);
    world.end(2);
    world.claim(2);
    world.start(3, 2, 0);
    world.start(4, 2, 1);
    world.end(3);
    world.end(4);
    CHECK(world.open_after_end() == Texts{});
    const auto stopped = world.kept.open()->stopped_broadcast(world.kept.path);
    REQUIRE(stopped->has_value());
    REQUIRE((*stopped)->jobs.size() == 2);
    CHECK((*stopped)->jobs[0].nodes.size() == 2);
    REQUIRE((*stopped)->jobs[1].nodes.size() == 3);
    CHECK((*stopped)->jobs[1].nodes[2].node == "n3");
}

TEST_CASE("output is kept before anybody else is told of it, and its lengths at the end") {
    World world;
    const std::string folder = world.kept.dir.path("state");
    history::LogFiles logs(folder, nullptr);
    world.journal.keep_output(logs);
    auto job = job_of(1, "job 1");
    job.options.output_limit = 5;
    REQUIRE(world.journal.claim({job}, {queue::canonical_entry(job)}, "mark").has_value());
    world.journal.read(model::JobTaken{job});
    world.claim(2);
    world.start(1, 1);
    world.start(2, 2);
    world.journal.read(model::OutputArrived{{1}, model::Stream::out, "1234567"});
    world.journal.read(model::OutputArrived{{2}, model::Stream::err, "1234567"});
    const auto content = [&](std::uint64_t attempt, model::Stream stream) {
        return load_file(history::log_path(folder, {{1}, {attempt}}, stream)).value();
    };
    CHECK(content(1, model::Stream::out) == "12345");
    CHECK(content(2, model::Stream::err) == "1234567");
    CHECK(logs.open_count() == 2);
    world.end(1);
    world.end(2);
    CHECK(logs.open_count() == 0);
    REQUIRE(world.journal.commit().has_value());
    const auto query = history::Query::open(folder);
    REQUIRE(query.has_value());
    const auto facts = (*query)->job({1}).value()->attempts.front().facts;
    CHECK(facts.out_length == 7);
    CHECK(facts.err_length == 0);
}
