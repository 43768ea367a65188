// SPDX-License-Identifier: MIT
#include "stores.h"

#include <vector>

using namespace remuda;
using history::LeftJob;
using history::Safety;
using history::Store;
using remuda::test::in_killed_child;
using remuda::test::kQueue;
using remuda::test::StorePlace;

namespace {

std::vector<LeftJob> left_in(Store& store) {
    auto left = store.left_behind(kQueue);
    REQUIRE(left.has_value());
    return std::move(*left);
}

// Five jobs: claimed only; started; ended and finished; refused; put back.
void leave_jobs(StorePlace& place) {
    in_killed_child([&] {
        const auto store = place.begin();
        for (std::uint64_t id = 1; id <= 5; ++id)
            store->claimed({id}, "job " + std::to_string(id), "mark");
        store->started({1}, {2}, "node-2", "two");
        store->started({2}, {3}, "node-3", "three");
        store->ended({2}, model::Exited{});
        store->finished({3});
        store->started({3}, {4}, "node-4", "four");
        store->refused({3});
        store->withdrawn({5});
        (void)store->commit(Safety::process);
        store->claimed({6}, "not committed", "");
    });
}

}  // namespace

TEST_CASE("a killed run leaves what it had claimed and not brought to an end") {
    StorePlace place;
    leave_jobs(place);
    const auto store = place.open();
    const auto left = left_in(*store);
    REQUIRE(left.size() == 3);
    CHECK(left[0].text == "job 1");
    CHECK(left[0].mark == "mark");
    CHECK(left[0].run.value == 1);
    CHECK(left[0].job.value == 1);
    CHECK_FALSE(left[0].was_started);
    CHECK_FALSE(left[0].has_rebooted);
    CHECK_FALSE(left[0].resumes);
    CHECK(left[1].text == "job 2");
    CHECK(left[1].was_started);
    REQUIRE(left[1].open.size() == 1);
    CHECK(left[1].open[0].node == "node-2");
    CHECK(left[1].open[0].command == "two");
    // Refused: nothing of it ran.
    CHECK(left[2].text == "job 4");
    CHECK_FALSE(left[2].was_started);
    CHECK(left[2].open.empty());
}

TEST_CASE("what is settled is left no more, and its run is ended") {
    StorePlace place;
    leave_jobs(place);
    const std::string lock = place.directory() + "/runs/1.lock";
    CHECK(::access(lock.c_str(), F_OK) == 0);
    {
        const auto store = place.open();
        const auto left = left_in(*store);
        REQUIRE(left.size() == 3);
        store->settle(left[0], Store::Verdict::back_in_queue);
        store->settle(left[1], Store::Verdict::lost);
        CHECK(left_in(*store).size() == 1);
        REQUIRE(store->commit(Safety::machine).has_value());
        CHECK(place.sql("SELECT ending FROM runs") == "");
        store->settle(left[2], Store::Verdict::back_in_queue);
        REQUIRE(store->commit(Safety::machine).has_value());
    }
    CHECK(place.sql("SELECT ending FROM runs") == "1");
    CHECK(::access(lock.c_str(), F_OK) != 0);
    CHECK(place.sql("SELECT group_concat(state) FROM (SELECT state FROM jobs ORDER BY number)") ==
          "2,3,1,2,2");
    CHECK(place.sql("SELECT kind || ' ' || reason FROM attempts WHERE attempt = 1") ==
          "5 remuda was killed while it ran");
    CHECK(left_in(*place.open()).empty());
}

TEST_CASE("a killed run that left nothing is ended at the next commit") {
    StorePlace place;
    in_killed_child([&] { (void)place.begin(); });
    const auto store = place.open();
    CHECK(left_in(*store).empty());
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(place.sql("SELECT ending FROM runs") == "1");
}

TEST_CASE("a run that is alive leaves nothing, be it ours or another's") {
    StorePlace place;
    const auto other = place.begin();
    other->claimed({1}, "x", "");
    REQUIRE(other->commit(Safety::process).has_value());
    const auto store = place.begin();
    store->claimed({1}, "y", "");
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(left_in(*store).empty());
    CHECK(left_in(*other).empty());
}

TEST_CASE("other queues are left alone") {
    StorePlace place;
    leave_jobs(place);
    const auto left = place.open()->left_behind("/another/queue.yaml");
    REQUIRE(left.has_value());
    CHECK(left->empty());
}

TEST_CASE("two that start at the same time do not settle the same jobs") {
    StorePlace place;
    leave_jobs(place);
    const auto first = place.open();
    const auto left = left_in(*first);
    REQUIRE(left.size() == 3);
    const auto second = place.open();
    CHECK(left_in(*second).empty());
    SUBCASE("not later either") {
        for (const LeftJob& job : left)
            first->settle(job, Store::Verdict::lost);
        REQUIRE(first->commit(Safety::process).has_value());
        CHECK(left_in(*second).empty());
    }
}

TEST_CASE("what the first could not settle, the next one can") {
    StorePlace place;
    leave_jobs(place);
    CHECK(left_in(*place.open()).size() == 3);
    CHECK(left_in(*place.open()).size() == 3);
}

TEST_CASE("a job that could not be put back is left by a run that ended by itself") {
    StorePlace place;
    {
        const auto store = place.begin();
        store->claimed({1}, "x", "");
        REQUIRE(store->end_run().has_value());
        CHECK(left_in(*place.open()).size() == 1);
    }
}

TEST_CASE("a run that ended in order counts as such when what it left is settled") {
    StorePlace place;
    place.now = 2000;
    {
        const auto store = place.begin();
        store->claimed({1}, "x", "");
        REQUIRE(store->end_run().has_value());
    }
    const std::string ended = place.sql("SELECT ended_ms FROM runs");
    CHECK_FALSE(ended.empty());
    CHECK(place.sql("SELECT ending FROM runs") == "");
    const auto store = place.open();
    const auto left = left_in(*store);
    REQUIRE(left.size() == 1);
    store->settle(left[0], Store::Verdict::back_in_queue);
    REQUIRE(store->commit(Safety::machine).has_value());
    CHECK(place.sql("SELECT ending FROM runs") == "0");
    CHECK(place.sql("SELECT ended_ms FROM runs") == ended);
}

TEST_CASE("after another start of the machine it is said so") {
    StorePlace place;
    leave_jobs(place);
    place.sql("UPDATE runs SET boot = 'another'");
    const auto store = place.open();
    const auto left = left_in(*store);
    REQUIRE(left.size() == 4);
    CHECK(left[0].has_rebooted);
    // It has ended, but may be in the queue file again.
    CHECK(left[2].text == "job 3");
    CHECK(left[2].has_ended);
    CHECK(left[2].was_started);
    CHECK(left[2].open.empty());
    CHECK_FALSE(left[3].has_ended);
    store->settle(left[0], Store::Verdict::lost);
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(place.sql("SELECT state FROM jobs WHERE number = 1") == "4");
    store->settle(left[1], Store::Verdict::lost);
    store->settle(left[3], Store::Verdict::lost);
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(place.sql("SELECT ending FROM runs") == "1");
    CHECK(left_in(*place.open()).empty());
}

TEST_CASE("a job that a resumed broadcast handed out again is marked") {
    StorePlace place;
    in_killed_child([&] {
        const auto store = place.begin({kQueue, "broadcast", "1"});
        store->claimed({1}, "x", "", history::JobKey{77});
        (void)store->commit(Safety::process);
    });
    const auto left = left_in(*place.open());
    REQUIRE(left.size() == 1);
    CHECK(left[0].resumes);
}
