// SPDX-License-Identifier: MIT
#include "remuda/history/query.h"

#include "stores.h"

#include <vector>

using namespace remuda;
using history::JobFilter;
using history::JobRecord;
using history::Query;
using history::RunRecord;
using history::Safety;
using remuda::test::in_killed_child;
using remuda::test::kQueue;
using remuda::test::StorePlace;
using Stage = history::JobRecord::Stage;

namespace {

std::unique_ptr<Query> query_of(const StorePlace& place) {
    auto query = Query::open(place.directory());
    REQUIRE_MESSAGE(query.has_value(), (query ? "" : query.error().text()));
    return std::move(*query);
}

std::vector<std::uint64_t> numbers(const StorePlace& place, const JobFilter& filter) {
    const auto jobs = query_of(place)->last_jobs(filter, 1000);
    REQUIRE(jobs.has_value());
    std::vector<std::uint64_t> all;
    for (const JobRecord& job : *jobs)
        all.push_back(job.key.value);
    return all;
}

JobRecord job_of(const StorePlace& place, std::uint64_t number) {
    auto job = query_of(place)->job({number});
    REQUIRE(job.has_value());
    REQUIRE(job->has_value());
    return **job;
}

using Numbers = std::vector<std::uint64_t>;

// 1 succeeded on gpu-1; 2 failed on gpu-2 after gpu-1 had refused it; 3 runs on cpu; 4 is to be
// started; 5 went back; 6 was rejected.
std::unique_ptr<history::Store> some_jobs(StorePlace& place) {
    auto store = place.begin();
    for (std::uint64_t id = 1; id <= 6; ++id)
        store->claimed({id}, "- command:\n    - job " + std::to_string(id) + "\n", "");
    store->started({1}, {1}, "gpu-1", "train 1", {0, 1});
    store->started({2}, {2}, "gpu-1", "train 2");
    store->refused({2});
    store->started({3}, {2}, "gpu-2", "train 2");
    store->started({4}, {3}, "cpu", "test");
    const model::Usage usage{std::chrono::microseconds(5), std::chrono::microseconds(4),
                             std::chrono::microseconds(3), 20};
    store->ended({1}, model::Exited{}, {usage, 100, 0});
    store->finished({1});
    store->ended({3}, model::Exited{7});
    store->finished({2});
    store->withdrawn({5});
    store->rejected({6}, "it needs 9 slots");
    REQUIRE(store->commit(Safety::process).has_value());
    return store;
}

}  // namespace

TEST_CASE("where nothing was recorded there is nothing to ask") {
    const StorePlace place;
    const auto query = Query::open(place.directory());
    REQUIRE_FALSE(query.has_value());
    CHECK(query.error().code() == Code::not_found);
    CHECK(query.error().text() == place.file() + ": nothing was recorded yet");
}

TEST_CASE("jobs are told with their stage while their run goes on") {
    StorePlace place;
    const auto store = some_jobs(place);
    CHECK(job_of(place, 1).stage == Stage::ended);
    CHECK(job_of(place, 3).stage == Stage::running);
    CHECK(job_of(place, 4).stage == Stage::taken);
    CHECK(job_of(place, 5).stage == Stage::given_back);
    CHECK(job_of(place, 6).outcome == model::Outcome(model::NeverStarted{"it needs 9 slots"}));
    const auto runs = query_of(place)->runs();
    REQUIRE(runs.has_value());
    REQUIRE(runs->size() == 1);
    CHECK(runs->front().life == RunRecord::Life::alive);
    CHECK(runs->front().queue == kQueue);
    CHECK(runs->front().pid == static_cast<std::uint64_t>(::getpid()));
}

TEST_CASE("one job is told whole, with all its attempts") {
    StorePlace place;
    const auto store = some_jobs(place);
    const JobRecord first = job_of(place, 1);
    REQUIRE(first.attempts.size() == 1);
    const auto& attempt = first.attempts.front();
    CHECK(attempt.node == "gpu-1");
    CHECK(attempt.command == "train 1");
    CHECK(attempt.slots == std::vector<int>{0, 1});
    CHECK(attempt.outcome == model::Outcome(model::Exited{}));
    REQUIRE(attempt.facts.usage.has_value());
    CHECK(attempt.facts.usage->memory == 20);
    CHECK(attempt.facts.out_length == 100);
    CHECK(attempt.started_ms <= *attempt.ended_ms);
    const JobRecord second = job_of(place, 2);
    REQUIRE(second.attempts.size() == 2);
    CHECK(second.attempts[0].is_refused);
    CHECK(second.outcome == model::Outcome(model::Exited{7}));
    CHECK_FALSE(second.attempts[1].facts.usage.has_value());
    CHECK(second.queue == kQueue);
    const auto none = query_of(place)->job({99});
    REQUIRE(none.has_value());
    CHECK_FALSE(none->has_value());
}

TEST_CASE("filters leave out what they do not ask for") {
    StorePlace place;
    const auto store = some_jobs(place);
    JobFilter all;
    CHECK(numbers(place, all) == Numbers{1, 2, 3, 4, 6});
    all.with_moved = true;
    CHECK(numbers(place, all) == Numbers{1, 2, 3, 4, 5, 6});
    JobFilter failed;
    failed.failed = true;
    CHECK(numbers(place, failed) == Numbers{2, 6});
    JobFilter node;
    node.node = "gpu*";
    CHECK(numbers(place, node) == Numbers{1, 2});
    JobFilter text;
    text.contains = "train";
    CHECK(numbers(place, text) == Numbers{1, 2});
    text.contains = "job 3";
    CHECK(numbers(place, text) == Numbers{3});
    JobFilter stage;
    stage.stage = Stage::given_back;
    CHECK(numbers(place, stage) == Numbers{5});
    JobFilter some;
    some.numbers = {{2, 3}, {6, 9}};
    CHECK(numbers(place, some) == Numbers{2, 3, 6});
    JobFilter late;
    late.since_ms = std::stoll(place.sql("SELECT claimed_ms FROM jobs WHERE number = 3"));
    CHECK(numbers(place, late) == Numbers{3, 4, 6});
    JobFilter other;
    other.queue = "/another";
    CHECK(numbers(place, other).empty());
    other.queue = kQueue;
    CHECK(numbers(place, other).size() == 5);
}

TEST_CASE("the last jobs are the newest, the oldest of them first") {
    StorePlace place;
    const auto store = place.begin();
    for (std::uint64_t id = 1; id <= 700; ++id)
        store->claimed({id}, "x", "");
    REQUIRE(store->commit(Safety::process).has_value());
    const auto query = query_of(place);
    const auto last = query->last_jobs({}, 600);
    REQUIRE(last.has_value());
    REQUIRE(last->size() == 600);
    CHECK(last->front().key.value == 101);
    CHECK(last->back().key.value == 700);
    std::uint64_t visited = 0;
    const auto done = query->each_job({}, Query::Order::oldest_first, [&](const JobRecord& job) {
        CHECK(job.key.value == ++visited);
        return visited < 650;
    });
    CHECK(done.has_value());
    CHECK(visited == 650);
}

TEST_CASE("a killed run is told apart, before and after it is settled") {
    StorePlace place;
    in_killed_child([&] {
        const auto store = some_jobs(place);
        (void)store->commit(Safety::process);
    });
    CHECK(job_of(place, 1).stage == Stage::ended);
    CHECK(job_of(place, 3).stage == Stage::unsettled);
    CHECK(query_of(place)->runs()->front().life == RunRecord::Life::unsettled);
    const auto store = place.begin();
    const auto left = store->left_behind(kQueue);
    REQUIRE(left.has_value());
    for (const history::LeftJob& job : *left) {
        store->settle(job, job.was_started ? history::Store::Verdict::lost
                                           : history::Store::Verdict::back_in_queue);
    }
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(job_of(place, 3).stage == Stage::ended);
    CHECK(std::holds_alternative<model::Lost>(*job_of(place, 3).outcome));
    CHECK(job_of(place, 4).stage == Stage::given_back);
    const auto runs = query_of(place)->runs();
    CHECK(runs->back().life == RunRecord::Life::killed);
    CHECK(runs->front().life == RunRecord::Life::alive);
}

TEST_CASE("a run that ended in order and left jobs is not told as killed") {
    StorePlace place;
    {
        const auto store = some_jobs(place);
        REQUIRE(store->end_run().has_value());
    }
    CHECK(query_of(place)->runs()->front().life == RunRecord::Life::left);
    CHECK(query_of(place)->runs()->front().ended_ms.has_value());
    const JobRecord running = job_of(place, 3);
    CHECK(running.stage == Stage::left);
    CHECK_FALSE(running.attempts.front().outcome.has_value());
    JobFilter filter;
    filter.stage = Stage::left;
    CHECK(numbers(place, filter) == Numbers{3, 4});
    const auto store = place.begin();
    const auto left = store->left_behind(kQueue);
    REQUIRE(left.has_value());
    REQUIRE(left->size() == 2);
    store->claimed({1}, left->front().text, "", left->front().key);
    store->settle(left->front(), history::Store::Verdict::handed_on);
    store->settle(left->back(), history::Store::Verdict::back_in_queue);
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(job_of(place, 3).stage == Stage::handed_on);
    // Its outcome is that of the job that goes on with it.
    CHECK_FALSE(job_of(place, 3).attempts.front().outcome.has_value());
    CHECK(query_of(place)->runs()->back().life == RunRecord::Life::ended);
}

TEST_CASE("an attempt that is gone on with began when it was started, and took what was measured") {
    StorePlace place;
    place.now = 1'000'000;
    const model::Durable durable{"key", "boot", "epoch"};
    {
        const auto store = place.begin();
        store->claimed({1}, "x", "");
        store->claimed({2}, "y", "");
        store->started({1}, {1}, "n", "x", {0}, durable);
        store->started({2}, {2}, "n", "y", {0}, model::Durable{"second", "boot", "epoch"});
        REQUIRE(store->commit(Safety::process).has_value());
        place.now += 3000;
        store->ended({2}, model::Exited{7});
        REQUIRE(store->end_run().has_value());
    }
    const std::int64_t started = job_of(place, 1).attempts.front().started_ms;
    const std::int64_t ended = *job_of(place, 2).attempts.front().ended_ms;
    // Twice: the last one knows what the first one did.
    for (int run = 0; run < 2; ++run) {
        place.now += 60'000;
        const auto store = place.begin();
        const auto left = store->left_behind(kQueue);
        REQUIRE(left.has_value());
        REQUIRE(left->size() == 2);
        for (std::uint64_t index = 0; index < 2; ++index) {
            store->claimed({index + 1}, "x", "", (*left)[index].key);
            store->settle((*left)[index], history::Store::Verdict::handed_on);
        }
        store->started({1}, {1}, "n", "x", {0}, durable);
        store->started({2}, {2}, "n", "y", {0});
        store->ended({2}, model::Exited{7});
        REQUIRE(store->commit(Safety::process).has_value());
        if (run == 1) {
            const model::Usage usage{std::chrono::seconds(5), {}, {}, 20};
            store->ended({1}, model::Exited{}, {usage, 100, 0});
            store->started({3}, {2}, "n", "y", {0});
            store->ended({3}, model::Exited{});
        }
        REQUIRE(store->end_run().has_value());
    }
    const JobRecord first = job_of(place, 5);
    CHECK(first.attempts.front().started_ms == started);
    CHECK(first.attempts.front().ended_ms == started + 5000);
    const JobRecord second = job_of(place, 6);
    REQUIRE(second.attempts.size() == 2);
    CHECK(second.attempts[0].ended_ms == ended);
    CHECK(second.attempts[0].key == "second");
    CHECK(second.attempts[1].started_ms > started + 120'000);
}

TEST_CASE("a look does not disturb whoever settles a dead run") {
    StorePlace place;
    in_killed_child([&] { (void)some_jobs(place); });
    const auto query = query_of(place);
    (void)query->runs();
    const auto store = place.begin();
    const auto left = store->left_behind(kQueue);
    REQUIRE(left.has_value());
    CHECK(left->size() == 2);
    // Now it is held by who settles it, and so counts as alive.
    CHECK(query->runs()->back().life == RunRecord::Life::alive);
}

TEST_CASE("in a broadcast one node that failed makes the job fail") {
    StorePlace place;
    const auto store = place.begin({kQueue, "broadcast", "1"});
    store->claimed({1}, "a", "");
    store->claimed({2}, "b", "");
    std::uint64_t attempt = 0;
    for (const char* node : {"n1", "n2", "n3"}) {
        for (std::uint64_t job = 1; job <= 2; ++job) {
            ++attempt;
            store->started({attempt}, {job}, node, "x");
            const bool fails = job == 2 && std::string(node) == "n2";
            store->ended({attempt}, model::Exited{fails ? 4 : 0});
        }
    }
    store->finished({1});
    store->finished({2});
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(model::is_success(*job_of(place, 1).outcome));
    CHECK(job_of(place, 2).outcome == model::Outcome(model::Exited{4}));
}

TEST_CASE("the last run of a queue is the last that took a job") {
    StorePlace place;
    {
        const auto store = place.begin();
    }
    CHECK_FALSE(query_of(place)->last_run(kQueue)->has_value());
    {
        const auto store = some_jobs(place);
        REQUIRE(store->end_run().has_value());
    }
    const auto store = place.begin();
    CHECK(query_of(place)->last_run(kQueue)->value().value == 2);
    CHECK_FALSE(query_of(place)->last_run("/another")->has_value());
}
