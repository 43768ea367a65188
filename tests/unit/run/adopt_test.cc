// SPDX-License-Identifier: MIT
//
// Runs that were killed while jobs ran on hosts that keep receipts: the next one goes on with them.
#include "keeping.h"
#include "remuda/base/fd.h"
#include "remuda/run/journal.h"
#include "remuda/run/left_behind.h"

using namespace remuda;
using remuda::run::Journal;
using remuda::test::fleet_of;
using remuda::test::in_lost_child;
using remuda::test::KeptQueue;
using remuda::test::take_and_die;

namespace {

const model::Durable kDurable{"key-1", "boot", "epoch"};

/// Takes the only job of the queue file, starts it on n2, and is gone.
void start_and_die(KeptQueue& kept) {
    take_and_die(kept, 1, fleet_of(2),
                 {model::AttemptStarted{{1}, {1}, {1}, {0, 1}, "echo one", kDurable}});
}

struct Adopted {
    explicit Adopted(KeptQueue& kept, const model::Fleet& fleet)
        : store(kept.open()), journal(*store, fleet) {
        REQUIRE(journal.begin(kept.info("queue")).has_value());
        auto adopted = journal.adopt(kept.path);
        REQUIRE_MESSAGE(adopted.has_value(), (adopted ? "" : adopted.error().text()));
        jobs = std::move(*adopted);
    }

    std::unique_ptr<history::Store> store;
    Journal journal;
    std::vector<model::JobResumed> jobs;
};

}  // namespace

TEST_CASE("what was left running is adopted, as often as its runs are killed") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo {{ x }}\n").has_value());
    start_and_die(kept);
    const model::Fleet fleet = fleet_of(2);
    for (int kills = 0; kills < 3; ++kills)
        in_lost_child([&] { REQUIRE(Adopted(kept, fleet).jobs.size() == 1); });

    Adopted last(kept, fleet);
    REQUIRE(last.jobs.size() == 1);
    const model::JobResumed& job = last.jobs.front();
    CHECK(job.job.command == "echo {{ x }}");
    CHECK(job.command == "echo one");
    CHECK(job.node == model::NodeId{1});
    CHECK(job.slots == std::vector<int>{0, 1});
    CHECK(job.durable == kDurable);

    last.journal.read(
        model::AttemptStarted{{1}, job.job.id, job.node, job.slots, "", job.durable, true});
    last.journal.read(model::AttemptEnded{{1}, model::Exited{3}});
    last.journal.read(model::RunEnded{});
    REQUIRE(last.journal.commit().has_value());
    CHECK(kept.left().empty());
    CHECK(kept.sql("SELECT count(*) FROM attempts WHERE code = 3") == "1");
    CHECK(kept.sql("SELECT count(*) FROM jobs WHERE state = 1") == "1");
}

TEST_CASE("an adopted job that never started is back in the queue if that run is killed too") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo one\n").has_value());
    start_and_die(kept);
    const model::Fleet fleet = fleet_of(2);
    in_lost_child([&] {
        Adopted run(kept, fleet);
        const model::JobResumed& job = run.jobs.at(0);
        run.journal.read(
            model::AttemptStarted{{1}, job.job.id, job.node, job.slots, "", job.durable, true});
        run.journal.read(model::AttemptRefused{{1}, "never started"});
        REQUIRE(run.journal.commit().has_value());
    });

    const auto store = kept.open();
    run::LeftBehind left(*store, kept.path, [](const model::JobLost&) { FAIL("nothing is lost"); });
    const auto claims = left.claims();
    REQUIRE(claims.has_value());
    queue::Queue queue(kept.path, nullptr);
    REQUIRE(queue.restore(*claims).has_value());
    REQUIRE(left.settle().has_value());
    CHECK(load_file(kept.path).value() == "- command:\n    - echo one\n");
    CHECK(kept.left().empty());
}

TEST_CASE("what ran on a node that is gone is not adopted") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo one\n").has_value());
    start_and_die(kept);
    const model::Fleet fleet = fleet_of(1);
    CHECK(Adopted(kept, fleet).jobs.empty());
    CHECK(kept.left().size() == 1);
}

TEST_CASE("what ran on a node that is gone is kept until the node is there again") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo one\n").has_value());
    start_and_die(kept);
    const model::Fleet without = fleet_of(1);
    {
        Adopted run(kept, without);
        CHECK(run.jobs.empty());
        run::LeftBehind left(*run.store, kept.path,
                             [](const model::JobLost&) { FAIL("it goes on"); });
        int noted = 0;
        left.keep_if(
            [&](const history::LeftJob& job) { return run.journal.is_to_be_kept(job); },
            [&](const history::LeftJob& job) { noted += run.journal.can_adopt(job) ? 0 : 1; });
        REQUIRE(left.claims().has_value());
        REQUIRE(left.settle().has_value());
        CHECK(noted == 1);
        run.journal.read(model::RunEnded{});
        REQUIRE(run.journal.commit().has_value());
    }
    const model::Fleet fleet = fleet_of(2);
    CHECK(Adopted(kept, fleet).jobs.size() == 1);
}

TEST_CASE("the receipt of a job that was only called lost is still wanted") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo one\n").has_value());
    start_and_die(kept);
    const auto store = kept.open();
    const auto left = store->left_behind(kept.path);
    REQUIRE(left.has_value());
    store->settle(left->front(), history::Store::Verdict::lost);
    REQUIRE(store->commit(history::Safety::process).has_value());
    CHECK(store->settled_keys({kDurable.key}).value().empty());
}

TEST_CASE(
    "what a run that is killed beside another one leaves running is kept for the next start") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo one\n").has_value());
    const model::Fleet fleet = fleet_of(2);
    {
        Adopted neighbour(kept, fleet);
        start_and_die(kept);
        run::LeftBehind left(*neighbour.store, kept.path,
                             [](const model::JobLost&) { FAIL("it goes on"); });
        int noted = 0;
        left.keep_if([&](const history::LeftJob& job) { return neighbour.journal.can_adopt(job); },
                     [&](const history::LeftJob& job) {
                         ++noted;
                         CHECK(job.open.front().node == fleet.nodes[1].label);
                     });
        for (int times = 0; times < 2; ++times) {
            const auto claims = left.claims();
            REQUIRE(claims.has_value());
            queue::Queue queue(kept.path, nullptr);
            REQUIRE(queue.restore(*claims).has_value());
            REQUIRE(left.settle().has_value());
        }
        CHECK(noted == 1);
        neighbour.journal.read(model::RunEnded{});
        REQUIRE(neighbour.journal.commit().has_value());
    }
    CHECK(Adopted(kept, fleet).jobs.size() == 1);
}

TEST_CASE("whoever only looks after a queue leaves alone what goes on") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo one\n").has_value());
    start_and_die(kept);
    {
        const auto store = kept.open();
        run::LeftBehind left(*store, kept.path, [](const model::JobLost&) { FAIL("it goes on"); });
        REQUIRE(left.claims().has_value());
        REQUIRE(left.settle().has_value());
    }
    const model::Fleet fleet = fleet_of(2);
    CHECK(Adopted(kept, fleet).jobs.size() == 1);
}

TEST_CASE("a job that was to be tried again is adopted, with its tries counted over all runs") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo one\n").has_value());
    start_and_die(kept);
    const model::Fleet fleet = fleet_of(2);
    model::NextTry next;
    // One goes on with it, tries it once more, and is gone before the third time.
    in_lost_child([&] {
        Adopted run(kept, fleet);
        const model::JobResumed& job = run.jobs.at(0);
        REQUIRE(job.number == 1);
        run.journal.read(
            model::AttemptStarted{{1}, job.job.id, job.node, job.slots, "", job.durable, true});
        run.journal.read(model::AttemptEnded{{1}, model::Exited{3}, std::nullopt, next});
        run.journal.read(model::AttemptStarted{{2}, job.job.id, {0}, {0}, "echo again"});
        run.journal.read(model::AttemptEnded{{2}, model::Signalled{"SEGV"}, std::nullopt, next});
        REQUIRE(run.journal.commit().has_value());
    });
    // Whoever is killed before it is decided changes nothing.
    Adopted last(kept, fleet);
    REQUIRE(last.jobs.size() == 1);
    const model::JobResumed& job = last.jobs.front();
    CHECK(job.number == 2);
    CHECK(job.ended == model::Outcome(model::Signalled{"SEGV"}));
    CHECK(job.node == model::NodeId{0});
    CHECK(job.command == "echo again");
    CHECK(job.slots.empty());
    CHECK(job.durable.key.empty());
}

TEST_CASE("a job that was to be tried again on a node that is gone is told") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- echo one\n").has_value());
    start_and_die(kept);
    in_lost_child([&] {
        Adopted run(kept, fleet_of(2));
        const model::JobResumed& job = run.jobs.at(0);
        run.journal.read(
            model::AttemptStarted{{1}, job.job.id, job.node, job.slots, "", job.durable, true});
        run.journal.read(
            model::AttemptEnded{{1}, model::Exited{3}, std::nullopt, model::NextTry{}});
        REQUIRE(run.journal.commit().has_value());
    });
    CHECK(Adopted(kept, fleet_of(1)).jobs.empty());
    const auto store = kept.open();
    std::vector<std::string> told;
    run::LeftBehind left(*store, kept.path,
                         [&](const model::JobLost& job) { told.push_back(job.reason); });
    left.keep_if([](const history::LeftJob&) { return false; }, nullptr);
    REQUIRE(left.claims().has_value());
    REQUIRE(left.settle().has_value());
    CHECK(told == std::vector<std::string>{
                      "remuda was killed before it was tried again (run 2); its last attempt: "
                      "exit 3"});
    CHECK(kept.left().empty());
}
