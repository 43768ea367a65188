// SPDX-License-Identifier: MIT
#include "stores.h"

using namespace remuda;
using history::Safety;
using remuda::test::kQueue;
using remuda::test::StorePlace;

TEST_CASE("what was told is in the file after the commit, and not before") {
    StorePlace place;
    const auto store = place.begin();
    CHECK_FALSE(store->has_uncommitted());
    store->claimed({1}, "- command:\n    - echo\n", "mark");
    store->started({1}, {1}, "node-1", "echo");
    store->ended({1}, model::Exited{3});
    store->finished({1});
    CHECK(store->has_uncommitted());
    CHECK(place.sql("SELECT count(*) FROM jobs") == "0");
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK_FALSE(store->has_uncommitted());
    CHECK(place.sql("SELECT state || ' ' || mark FROM jobs") == "1 mark");
    CHECK(place.sql("SELECT kind || ' ' || code || ' ' || command || ' ' || label FROM attempts"
                    " JOIN nodes USING (node)") == "0 3 echo node-1");
    CHECK(place.sql("SELECT claimed_ms < started_ms AND started_ms < ended_ms FROM attempts"
                    " JOIN jobs ON jobs.number = attempts.job") == "1");
}

TEST_CASE("every outcome has its columns") {
    StorePlace place;
    const auto store = place.begin();
    const std::pair<model::Outcome, std::string> all[] = {
        {model::Exited{7}, "0|7|-"},
        {model::Signalled{"KILL"}, "1|-|KILL"},
        {model::TimedOut{}, "2|-|-"},
        {model::Cancelled{}, "3|-|-"},
        {model::NeverStarted{"down"}, "4|-|down"},
        {model::Lost{"cut"}, "5|-|cut"},
    };
    std::uint64_t id = 0;
    for (const auto& [outcome, columns] : all) {
        CAPTURE(columns);
        ++id;
        store->claimed({id}, "x", "");
        store->started({id}, {id}, "n", "x");
        store->ended({id}, outcome);
        REQUIRE(store->commit(Safety::process).has_value());
        CHECK(place.sql("SELECT kind || '|' || ifnull(code, '-') || '|' || ifnull(reason, '-')"
                        " FROM attempts ORDER BY attempt DESC LIMIT 1") == columns);
    }
}

TEST_CASE("a refused attempt and a job for no node are told apart from those that ran") {
    StorePlace place;
    const auto store = place.begin();
    store->claimed({1}, "a", "");
    store->started({1}, {1}, "n", "a");
    store->refused({1});
    store->claimed({2}, "b", "");
    store->rejected({2}, "it needs 9 slots");
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(place.sql("SELECT kind FROM attempts") == "6");
    CHECK(place.sql("SELECT state || ' ' || reason FROM jobs WHERE job = 2") ==
          "5 it needs 9 slots");
}

TEST_CASE("an id that was given back may be claimed again, in the same commit too") {
    StorePlace place;
    const auto store = place.begin();
    store->claimed({1}, "first", "");
    store->withdrawn({1});
    store->claimed({1}, "second", "");
    REQUIRE(store->commit(Safety::process).has_value());
    store->started({1}, {1}, "n", "second");
    store->ended({1}, model::Exited{});
    store->finished({1});
    REQUIRE(store->end_run().has_value());
    CHECK(
        place.sql("SELECT group_concat(text || state) FROM (SELECT * FROM jobs ORDER BY number)") ==
        "first2,second1");
    CHECK(place.sql("SELECT ending FROM runs") == "0");
}

TEST_CASE("texts keep every byte") {
    StorePlace place;
    const std::string odd = std::string("quote ' \" ; DROP ") + '\0' + " nul \xff\xfe \n";
    test::in_killed_child([&] {
        const auto store = place.begin();
        store->claimed({1}, odd, odd);
        (void)store->commit(Safety::process);
    });
    const auto left = place.open()->left_behind(kQueue);
    REQUIRE(left.has_value());
    REQUIRE(left->size() == 1);
    CHECK(left->front().text == odd);
    CHECK(left->front().mark == odd);
}

TEST_CASE("runs are numbered from 1, and an ended one leaves no lock") {
    StorePlace place;
    for (std::uint64_t run = 1; run <= 3; ++run) {
        const auto store = place.open();
        const auto id = store->begin_run({kQueue, "queue", "1.2"});
        REQUIRE(id.has_value());
        CHECK(id->value == run);
        const std::string lock = place.directory() + "/runs/" + std::to_string(run) + ".lock";
        CHECK(::access(lock.c_str(), F_OK) == 0);
        REQUIRE(store->end_run().has_value());
        CHECK(::access(lock.c_str(), F_OK) != 0);
    }
    CHECK(place.sql("SELECT count(*) FROM runs WHERE ending = 0 AND ended_ms > began_ms") == "3");
}

TEST_CASE("claims are counted by text since the run began, whoever made them") {
    StorePlace place;
    {
        const auto earlier = place.begin();
        earlier->claimed({1}, "a", "");
        earlier->finished({1});
        REQUIRE(earlier->end_run().has_value());
    }
    const auto store = place.begin();
    const auto other = place.begin();
    const auto elsewhere = place.begin({"/other/queue.yaml", "queue", "1"});
    const auto count = [&](const std::string& text) {
        const auto times = store->times_taken(text);
        REQUIRE(times.has_value());
        return *times;
    };
    CHECK(count("a") == 0);
    store->claimed({1}, "a", "");
    store->claimed({2}, "a", "");
    store->claimed({3}, "b", "");
    CHECK(count("a") == 2);
    CHECK(count("b") == 1);
    other->claimed({1}, "a", "");
    REQUIRE(other->commit(Safety::process).has_value());
    elsewhere->claimed({1}, "a", "");
    REQUIRE(elsewhere->commit(Safety::process).has_value());
    CHECK(count("a") == 3);

    SUBCASE("less those that were given back") {
        store->withdrawn({2});
        CHECK(count("a") == 2);
    }
    SUBCASE("less one for each that was skipped") {
        store->skipped_repeat("a");
        store->skipped_repeat("a");
        CHECK(count("a") == 1);
        store->skipped_repeat("a");
        store->skipped_repeat("a");
        CHECK(count("a") == 0);
        CHECK(count("b") == 1);
    }
    SUBCASE("less one that somebody else skipped") {
        other->skipped_repeat("a");
        REQUIRE(other->commit(Safety::process).has_value());
        CHECK(count("a") == 2);
    }
    SUBCASE("not those that were handed out again by a resumed broadcast") {
        store->claimed({4}, "a", "", history::JobKey{1});
        CHECK(count("a") == 3);
    }
}

TEST_CASE("two processes write one store side by side") {
    StorePlace place;
    constexpr int jobs = 300;
    const auto work = [&] {
        const auto store = place.begin();
        for (std::uint64_t id = 1; id <= jobs; ++id) {
            store->claimed({id}, "x", "");
            auto done = store->commit(Safety::process);
            // The other one may be held up while it has the store.
            while (!done && done.error().code() == Code::busy)
                done = store->commit(Safety::process);
            if (!done) return 1;
            store->finished({id});
        }
        return store->end_run() ? 0 : 2;
    };
    const pid_t first = ::fork();
    if (first == 0) ::_exit(work());
    const pid_t second = ::fork();
    if (second == 0) ::_exit(work());
    for (const pid_t pid : {first, second}) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
    CHECK(place.sql("SELECT count(*) FROM jobs WHERE state = 1") == std::to_string(2 * jobs));
    CHECK(place.sql("SELECT count(*) FROM runs WHERE ending = 0") == "2");
}

TEST_CASE("a hundred thousand jobs need no more memory than SQLite's cache, and none stays open") {
    StorePlace place;
    const auto store = place.begin();
    for (std::uint64_t id = 1; id <= 100000; ++id) {
        store->claimed({id}, "- command:\n    - echo\n", "mark");
        store->started({id}, {id}, "node", "echo");
        store->ended({id}, model::Exited{});
        store->finished({id});
        if (id % 50 == 0) REQUIRE(store->commit(Safety::process).has_value());
    }
    CHECK(sqlite3_memory_used() < 4L * 1024 * 1024);
    CHECK(place.sql("SELECT count(*) FROM jobs WHERE state = 1") == "100000");
    CHECK(store->end_run().has_value());
    CHECK(place.sql("SELECT ending FROM runs") == "0");
}
