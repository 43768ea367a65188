// SPDX-License-Identifier: MIT
#include "remuda/history/upkeep.h"

#include "remuda/history/log_files.h"
#include "remuda/history/query.h"
#include "stores.h"

#include <filesystem>

using namespace remuda;
using history::LogFiles;
using history::Safety;
using remuda::test::in_killed_child;
using remuda::test::kQueue;
using remuda::test::StorePlace;

namespace {

// A run with one job that ended, and its log; over.
void past_run(StorePlace& place, const history::RunInfo& info = {kQueue, "queue", "1"}) {
    auto store = place.open();
    const auto run = store->begin_run(info);
    REQUIRE(run.has_value());
    store->claimed({1}, "text", "");
    store->started({1}, {1}, "n", "x");
    LogFiles(place.directory(), nullptr).append({*run, {1}}, model::Stream::out, "output");
    store->ended({1}, model::Exited{1});
    store->finished({1});
    REQUIRE(store->end_run().has_value());
}

bool has_logs(const StorePlace& place, std::uint64_t run) {
    return std::filesystem::exists(place.directory() + "/logs/" + std::to_string(run));
}

}  // namespace

TEST_CASE("old runs are forgotten with their jobs and logs, the latest is not") {
    StorePlace place;
    past_run(place);
    past_run(place);
    place.now += 1'000'000;
    past_run(place);
    const auto pruned = history::prune(place.directory(), place.now - 500'000);
    REQUIRE(pruned.has_value());
    CHECK(pruned->runs == 2);
    CHECK(pruned->jobs == 2);
    CHECK(place.sql("SELECT group_concat(id) FROM runs") == "3");
    CHECK(place.sql("SELECT group_concat(number) FROM jobs") == "3");
    CHECK(place.sql("SELECT count(*) FROM attempts") == "1");
    CHECK(place.sql("SELECT group_concat(run) FROM nodes") == "3");
    CHECK_FALSE(has_logs(place, 1));
    CHECK_FALSE(has_logs(place, 2));
    CHECK(has_logs(place, 3));
    // However old it is: numbers are not given twice.
    const auto again = history::prune(place.directory(), place.now + 1'000'000);
    REQUIRE(again.has_value());
    CHECK(again->runs == 0);
    past_run(place);
    CHECK(place.sql("SELECT max(number) FROM jobs") == "4");
}

TEST_CASE("the run of the last job stays, although later ones took none") {
    StorePlace place;
    past_run(place);
    for (int i = 0; i < 2; ++i)
        REQUIRE(place.begin()->end_run().has_value());
    place.now += 1'000'000;
    REQUIRE(history::prune(place.directory(), place.now).has_value());
    CHECK(place.sql("SELECT group_concat(id) FROM runs") == "1,3");
}

TEST_CASE("what a kept run has resumed, what is alive and what is not settled is kept") {
    StorePlace place;
    past_run(place, {kQueue, "broadcast", "1"});
    in_killed_child([&] {
        const auto store = place.begin();
        store->claimed({1}, "left", "");
        (void)store->commit(Safety::process);
    });
    const auto alive = place.begin();
    place.now += 1'000'000;
    past_run(place, {kQueue, "broadcast", "1", false, history::RunId{1}});
    const auto pruned = history::prune(place.directory(), place.now - 500'000);
    REQUIRE(pruned.has_value());
    CHECK(pruned->runs == 0);
    CHECK(place.sql("SELECT count(*) FROM runs") == "4");
}

TEST_CASE("a job that is put back by hand is no repeat") {
    StorePlace place;
    const auto store = place.begin();
    store->claimed({1}, "text", "");
    store->claimed({2}, "text", "");
    CHECK(store->times_taken("text").value() == 2);
    bool was_asked = false;
    const auto done = history::retry_jobs(place.directory(), {{1}}, 5, [&]() -> Result<void> {
        was_asked = true;
        return {};
    });
    CHECK(done.has_value());
    CHECK(was_asked);
    CHECK(store->times_taken("text").value() == 1);
    CHECK(place.sql("SELECT retried_ms FROM jobs WHERE number = 1") == "5");
}

TEST_CASE("whoever is killed while a job is put back leaves word that it may be in the queue") {
    StorePlace place;
    past_run(place);
    for (const bool was_written : {false, true}) {
        in_killed_child([&] {
            (void)history::retry_jobs(place.directory(), {{1}}, 5, [&]() -> Result<void> {
                if (!was_written) ::raise(SIGKILL);
                // On record before the file is changed, so that nobody takes it for a repeat.
                if (place.sql("SELECT is_excused FROM jobs") == "1") ::raise(SIGKILL);
                return {};
            });
        });
        auto query = history::Query::open(place.directory());
        REQUIRE(query.has_value());
        const auto job = (*query)->job({1});
        REQUIRE(job.has_value());
        REQUIRE(job->has_value());
        CHECK((*job)->may_be_put_back);
        CHECK((*job)->retried_ms == 5);
    }
}

TEST_CASE("a job that could not be put back is not noted down as put back") {
    StorePlace place;
    const auto store = place.begin();
    store->claimed({1}, "text", "");
    REQUIRE(store->commit(Safety::process).has_value());
    const auto done = history::retry_jobs(place.directory(), {{1}}, 5, [&]() -> Result<void> {
        return Error(Code::system, "no room");
    });
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().text() == "no room");
    CHECK(place.sql("SELECT count(*) FROM jobs WHERE retried_ms IS NULL AND is_excused = 0") ==
          "1");
}

TEST_CASE("a request to cancel reaches the run that it is for, once") {
    StorePlace place;
    const auto first = place.begin();
    const auto second = place.begin({"/another", "queue", "1"});
    first->claimed({1}, "a", "");
    first->claimed({2}, "b", "");
    REQUIRE(first->commit(Safety::process).has_value());
    second->claimed({1}, "c", "");
    REQUIRE(second->commit(Safety::process).has_value());
    CHECK(first->number_of({2})->value == 2);
    CHECK(second->number_of({1})->value == 3);

    const std::vector<history::JobKey> asked{{2}, {3}, {2}};
    REQUIRE(history::ask_to_cancel(place.directory(), asked, 9).has_value());
    CHECK(std::filesystem::exists(history::requests_path(place.directory())));
    CHECK(history::unanswered(place.directory(), {{2}, {3}}).value() == 2);
    const auto taken = first->take_requests();
    REQUIRE(taken.has_value());
    REQUIRE(taken->size() == 1);
    CHECK(taken->front().value == 2);
    CHECK(first->take_requests()->empty());
    CHECK(history::unanswered(place.directory(), {{2}, {3}}).value() == 1);
    CHECK(second->take_requests()->size() == 1);
}
