// SPDX-License-Identifier: MIT
#include "stores.h"

#include <optional>
#include <string>
#include <vector>

using namespace remuda;
using history::Broadcast;
using history::JobKey;
using history::RunId;
using history::RunInfo;
using history::Safety;
using history::Standing;
using history::Store;
using remuda::test::kQueue;
using remuda::test::StorePlace;

namespace {

RunInfo broadcast(bool stops_at_failure = false, std::optional<RunId> resumes = std::nullopt) {
    return {kQueue, "broadcast", "1", stops_at_failure, resumes};
}

// A run with the nodes n1 and n2, told in few words.
class Told {
  public:
    Told(StorePlace& place, const RunInfo& info) : store(place.begin(info)) {
        store->node_of_run("n1");
        store->node_of_run("n2");
    }
    Told& job(const std::string& text, std::optional<JobKey> resumes = std::nullopt) {
        store->claimed({++last_job}, text, "", resumes);
        return *this;
    }
    Told& open(const std::string& node) {
        store->started({++last_attempt}, {last_job}, node, "command");
        return *this;
    }
    Told& on(const std::string& node, const model::Outcome& outcome) {
        open(node);
        store->ended({last_attempt}, outcome);
        return *this;
    }
    Told& both(const model::Outcome& outcome) { return on("n1", outcome).on("n2", outcome); }
    Told& done() {
        store->finished({last_job});
        return *this;
    }
    void end() const { REQUIRE(store->end_run().has_value()); }

    std::unique_ptr<Store> store;
    std::uint64_t last_job = 0;
    std::uint64_t last_attempt = 0;
};

const model::Outcome kDone = model::Exited{0};
const model::Outcome kFailed = model::Exited{1};
const model::Outcome kCancelled = model::Cancelled{};

std::optional<Broadcast> stopped(StorePlace& place) {
    auto found = place.open()->stopped_broadcast(kQueue);
    REQUIRE(found.has_value());
    return std::move(*found);
}

// "a: n1 exit 0, n2 cancelled; b: ..."
std::string shown(const std::optional<Broadcast>& broadcast) {
    if (!broadcast) return "nothing";
    std::string text;
    for (const auto& job : broadcast->jobs) {
        text += (text.empty() ? "" : "; ") + job.text + ":";
        for (const auto& node : job.nodes) {
            const std::string outcome = node.outcome ? describe(*node.outcome) : "unknown";
            text += (&node == &job.nodes.front() ? " " : ", ") + node.node + " " + outcome;
        }
    }
    return text;
}

}  // namespace

TEST_CASE("a broadcast that did all its jobs everywhere is not stopped") {
    StorePlace place;
    CHECK(shown(stopped(place)) == "nothing");
    Told(place, broadcast()).job("a").both(kDone).done().job("b").both(kFailed).done().end();
    CHECK(shown(stopped(place)) == "nothing");
}

TEST_CASE("a broadcast with a cancelled attempt is stopped") {
    StorePlace place;
    Told(place, broadcast())
        .job("a")
        .both(kDone)
        .done()
        .job("b")
        .on("n1", kDone)
        .on("n2", kCancelled)
        .done()
        .end();
    const auto found = stopped(place);
    CHECK(shown(found) == "a: n1 exit 0, n2 exit 0; b: n1 exit 0, n2 cancelled");
    CHECK(found->run.value == 1);
}

TEST_CASE("a node that was down from the start is behind in every job") {
    StorePlace place;
    Told(place, broadcast()).job("a").on("n1", kDone).done().end();
    CHECK(shown(stopped(place)) == "a: n1 exit 0, n2 never started: no attempt");
}

TEST_CASE("a node belongs to the jobs that were claimed while it was in the fleet") {
    StorePlace place;
    Told run(place, broadcast());
    run.job("a").both(kDone).done();
    run.store->node_left("n2");
    run.store->node_of_run("n3");
    run.job("b").on("n1", kDone).done();
    run.end();
    CHECK(shown(stopped(place)) ==
          "a: n1 exit 0, n2 exit 0; b: n1 exit 0, n3 never started: no attempt");
}

TEST_CASE("a job that a killed broadcast had claimed only is for the queue again") {
    StorePlace place;
    test::in_killed_child([&] {
        Told run(place, broadcast());
        run.job("a").both(kDone).done().job("b");
        (void)run.store->commit(Safety::process);
    });
    CHECK(shown(stopped(place)) == "nothing");
}

TEST_CASE("a failure stops a broadcast only if that was asked for") {
    StorePlace place;
    const bool stops = true;
    Told(place, broadcast(stops)).job("a").on("n1", kDone).on("n2", kFailed).done().end();
    const auto found = stopped(place);
    CHECK(shown(found) == "a: n1 exit 0, n2 exit 1");
    CHECK(found->stops_at_failure);
}

TEST_CASE("jobs that went back to the queue, and those for no node, do not belong to it") {
    StorePlace place;
    Told run(place, broadcast());
    run.job("a");
    run.store->withdrawn({1});
    run.job("b");
    run.store->rejected({2}, "too big");
    run.end();
    CHECK(shown(stopped(place)) == "nothing");
}

TEST_CASE("what a killed broadcast had open is unknown") {
    StorePlace place;
    test::in_killed_child([&] {
        Told run(place, broadcast());
        run.job("a").both(kDone).done().job("b").on("n1", kDone).open("n2");
        (void)run.store->commit(Safety::process);
    });
    CHECK(shown(stopped(place)) == "a: n1 exit 0, n2 exit 0; b: n1 exit 0, n2 unknown");
    SUBCASE("and lost once it is settled") {
        const auto store = place.open();
        const auto left = store->left_behind(kQueue);
        REQUIRE(left->size() == 1);
        store->settle(left->front(), Store::Verdict::lost);
        REQUIRE(store->commit(Safety::process).has_value());
        CHECK(shown(*store->stopped_broadcast(kQueue)) ==
              "a: n1 exit 0, n2 exit 0; b: n1 exit 0, n2 lost: remuda was killed while it ran");
    }
}

TEST_CASE("after a fall of the machine nothing is taken for not started") {
    StorePlace place;
    test::in_killed_child([&] {
        Told run(place, broadcast());
        run.job("a").both(kDone).done().job("b");
        (void)run.store->commit(Safety::machine);
    });
    place.sql("UPDATE runs SET boot = 'another'");
    const std::string expected = "a: n1 exit 0, n2 exit 0; b: n1 unknown, n2 unknown";
    CHECK(shown(stopped(place)) == expected);
    const auto store = place.open();
    const auto left = store->left_behind(kQueue);
    REQUIRE(left->size() == 2);
    CHECK(left->front().has_ended);
    store->settle(left->back(), Store::Verdict::lost);
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(shown(stopped(place)) == expected);
}

TEST_CASE("a broadcast that is alive is not stopped, nor what it resumes") {
    StorePlace place;
    Told(place, broadcast()).job("a").on("n1", kDone).on("n2", kCancelled).done().end();
    CHECK(stopped(place).has_value());
    Told second(place, broadcast(false, RunId{1}));
    CHECK(shown(stopped(place)) == "nothing");
    second.end();
    CHECK(stopped(place)->run.value == 2);
}

TEST_CASE("a run that resumes counts with the one that it resumes") {
    StorePlace place;
    Told(place, broadcast())
        .job("a")
        .on("n1", kDone)
        .on("n2", kCancelled)
        .done()
        .job("b")
        .both(kCancelled)
        .done()
        .end();
    const auto first = stopped(place);
    REQUIRE(first.has_value());
    const JobKey a = first->jobs[0].key;
    const JobKey b = first->jobs[1].key;

    SUBCASE("done in the end") {
        Told(place, broadcast(false, RunId{1}))
            .job("a", a)
            .on("n2", kDone)
            .done()
            .job("b", b)
            .both(kDone)
            .done()
            .job("c")
            .both(kDone)
            .done()
            .end();
        CHECK(shown(stopped(place)) == "nothing");
    }
    SUBCASE("stopped again, and again") {
        Told second(place, broadcast(false, RunId{1}));
        second.job("a", a).on("n2", kDone).done().job("b", b).on("n1", kDone).on("n2", kCancelled);
        second.done().job("c").on("n1", kDone).on("n2", kCancelled).done().end();
        const auto found = stopped(place);
        CHECK(shown(found) ==
              "a: n1 exit 0, n2 exit 0; b: n1 exit 0, n2 cancelled; c: n1 exit 0, n2 cancelled");
        CHECK(found->run.value == 2);
        CHECK(found->jobs[1].key == b);

        Told third(place, broadcast(false, RunId{2}));
        third.job("b", b).on("n2", kDone).done();
        third.job("c", found->jobs[2].key);
        third.store->withdrawn({2});
        third.end();
        CHECK(shown(stopped(place)) ==
              "a: n1 exit 0, n2 exit 0; b: n1 exit 0, n2 exit 0; c: n1 exit 0, n2 cancelled");
        CHECK(stopped(place)->run.value == 3);
    }
}

TEST_CASE("the latest stopped one is given, past complete ones, other queues and other modes") {
    StorePlace place;
    Told(place, broadcast()).job("old").both(kCancelled).done().end();
    Told(place, broadcast()).job("a").both(kCancelled).done().end();
    Told(place, broadcast()).job("b").both(kDone).done().end();
    Told(place, {"/other/queue.yaml", "broadcast", "1"}).job("c").both(kCancelled).done().end();
    Told(place, {kQueue, "queue", "1"}).job("d").on("n1", kCancelled).done().end();
    CHECK(shown(stopped(place)) == "a: n1 cancelled, n2 cancelled");
}

TEST_CASE("standing: what is to be done again") {
    using history::standing;
    CHECK(standing(kDone, true) == Standing::done);
    CHECK(standing(kFailed, false) == Standing::done);
    CHECK(standing(kFailed, true) == Standing::behind);
    CHECK(standing(model::Signalled{"KILL"}, false) == Standing::done);
    CHECK(standing(model::TimedOut{}, true) == Standing::behind);
    CHECK(standing(kCancelled, false) == Standing::behind);
    CHECK(standing(model::NeverStarted{"down"}, false) == Standing::behind);
    CHECK(standing(model::Lost{"cut"}, true) == Standing::unknown);
    CHECK(standing(std::nullopt, false) == Standing::unknown);
}
