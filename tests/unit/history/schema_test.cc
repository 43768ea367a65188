// SPDX-License-Identifier: MIT
#include "history/liveness.h"
#include "stores.h"

#include <fcntl.h>
#include <sys/stat.h>

using namespace remuda;
using history::Safety;
using history::Store;
using model::Durable;
using remuda::test::in_killed_child;
using remuda::test::kQueue;
using remuda::test::StorePlace;

namespace {

// As version 1 wrote it. Never to be changed: such files exist.
constexpr const char* kVersion1 = R"(
CREATE TABLE runs (id INTEGER PRIMARY KEY, queue TEXT NOT NULL, mode TEXT NOT NULL,
    version TEXT NOT NULL, stops_at_failure INTEGER NOT NULL, resumes INTEGER,
    first_job INTEGER NOT NULL, machine TEXT NOT NULL, boot TEXT NOT NULL, pid INTEGER NOT NULL,
    began_ms INTEGER NOT NULL, ended_ms INTEGER, ending INTEGER);
CREATE TABLE nodes (run INTEGER NOT NULL, node INTEGER NOT NULL, label TEXT NOT NULL,
    since INTEGER NOT NULL, until INTEGER, PRIMARY KEY (run, node)) WITHOUT ROWID;
CREATE TABLE jobs (number INTEGER PRIMARY KEY, run INTEGER NOT NULL, job INTEGER NOT NULL,
    state INTEGER NOT NULL, is_excused INTEGER NOT NULL, claimed_ms INTEGER NOT NULL,
    resumes INTEGER, reason TEXT, text TEXT NOT NULL, mark TEXT NOT NULL);
CREATE TABLE attempts (job INTEGER NOT NULL, attempt INTEGER NOT NULL, node INTEGER NOT NULL,
    started_ms INTEGER NOT NULL, ended_ms INTEGER, kind INTEGER, code INTEGER, reason TEXT,
    command TEXT NOT NULL, PRIMARY KEY (job, attempt)) WITHOUT ROWID;
INSERT INTO runs VALUES (1, '/home/me/queue.yaml', 'queue', '0.3.0', 0, NULL, 0, 'here', '', 1,
    1000, NULL, NULL);
INSERT INTO nodes VALUES (1, 0, 'node-1', 0, NULL);
INSERT INTO jobs VALUES (1, 1, 1, 1, 0, 1000, NULL, NULL, 'first', 'mark');
INSERT INTO jobs VALUES (2, 1, 2, 0, 0, 1000, NULL, NULL, 'second', '=');
INSERT INTO attempts VALUES (1, 1, 0, 1001, 1002, 0, 3, NULL, 'one');
INSERT INTO attempts VALUES (2, 2, 0, 1001, NULL, NULL, NULL, NULL, 'two');
PRAGMA application_id = 1382900833;
PRAGMA user_version = 1;
)";

void make_version_1(const StorePlace& place) {
    REQUIRE(::mkdir(place.directory().c_str(), 0700) == 0);
    ::close(::open(place.file().c_str(), O_CREAT | O_CLOEXEC, 0600));
    place.sql(kVersion1);
    place.sql("UPDATE runs SET boot = '" + history::boot_id() + "', machine = '" +
              history::machine_name() + "'");
}

}  // namespace

TEST_CASE("a store of version 1 is brought up to date, with what is in it") {
    StorePlace place;
    make_version_1(place);
    const auto store = place.begin();
    CHECK(place.sql("PRAGMA user_version") == "3");
    CHECK(place.sql("SELECT code || ' ' || command || ' ' || ifnull(key, '-') FROM attempts"
                    " WHERE attempt = 1") == "3 one -");
    const auto left = store->left_behind(kQueue);
    REQUIRE(left.has_value());
    REQUIRE(left->size() == 1);
    CHECK(left->front().text == "second");
    CHECK(left->front().mark == "mark");
    REQUIRE(left->front().open.size() == 1);
    const auto& open = left->front().open.front();
    CHECK(open.command == "two");
    CHECK(open.attempt.value == 2);
    CHECK(open.slots.empty());
    CHECK_FALSE(open.durable);
}

TEST_CASE("a store is named when it is made, and keeps its name") {
    StorePlace place;
    const std::string name = place.open()->store_id();
    CHECK(name.size() == 32);
    CHECK(name.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(place.open()->store_id() == name);
    StorePlace other;
    CHECK(other.open()->store_id() != name);
}

TEST_CASE("what an attempt used and wrote is kept, and left out where it is not known") {
    StorePlace place;
    const auto store = place.begin();
    for (std::uint64_t id = 1; id <= 2; ++id) {
        store->claimed({id}, "x", "");
        store->started({id}, {id}, "n", "x", {2, 3});
    }
    using std::chrono::microseconds;
    const model::Usage usage{microseconds(9), microseconds(5), microseconds(3), 700};
    store->ended({1}, model::Exited{}, {usage, 11, 12});
    store->ended({2}, model::Exited{});
    REQUIRE(store->commit(Safety::process).has_value());
    const std::string columns =
        "SELECT slots || ' ' || wall_us || ' ' || user_us || ' ' || system_us || ' ' || memory_kb"
        " || ' ' || out_length || ' ' || err_length FROM attempts WHERE attempt = 1";
    CHECK(place.sql(columns) == "2,3 9 5 3 700 11 12");
    CHECK(place.sql("SELECT count(*) FROM attempts WHERE attempt = 2 AND wall_us IS NULL AND"
                    " memory_kb IS NULL AND out_length IS NULL AND key IS NULL") == "1");
}

TEST_CASE("a durable attempt of a killed run tells its key, and may end later") {
    StorePlace place;
    const Durable first{"abc.1.1", "boot-a", "epoch-a"};
    const Durable second{"abc.1.2", "boot-b", "epoch-b"};
    in_killed_child([&] {
        const auto store = place.begin();
        for (std::uint64_t id = 1; id <= 3; ++id)
            store->claimed({id}, "job " + std::to_string(id), "");
        store->started({1}, {1}, "node-1", "one", {0, 1}, first);
        store->started({2}, {2}, "node-2", "two", {4}, second);
        store->started({3}, {3}, "node-1", "three", {2}, first);
        (void)store->commit(Safety::process);
    });
    CHECK(place.sql("SELECT count(*) FROM keepers") == "2");
    {
        const auto store = place.begin();
        const auto left = store->left_behind(kQueue);
        REQUIRE(left.has_value());
        REQUIRE(left->size() == 3);
        REQUIRE((*left)[0].open.size() == 1);
        CHECK((*left)[0].open[0].durable == first);
        CHECK((*left)[0].open[0].slots == std::vector<int>{0, 1});
        CHECK((*left)[0].open[0].attempt.value == 1);
        CHECK((*left)[1].open[0].durable == second);
        // Our own ids mean other attempts.
        store->claimed({1}, "ours", "");
        store->started({1}, {1}, "node-1", "ours");
        store->ended_later((*left)[0].key, {1}, model::Exited{4}, {std::nullopt, 20, 0});
        store->settle((*left)[0], Store::Verdict::finished);
        store->ended_later((*left)[1].key, {2}, model::NeverStarted{"no receipt"});
        store->settle((*left)[1], Store::Verdict::back_in_queue);
        REQUIRE(store->commit(Safety::process).has_value());
        CHECK(place.sql("SELECT ending FROM runs WHERE id = 1") == "");
        store->ended({1}, model::Exited{});
        store->finished({1});
        REQUIRE(store->commit(Safety::process).has_value());
    }
    CHECK(place.sql("SELECT group_concat(state, ' ') FROM jobs") == "1 2 0 1");
    CHECK(place.sql("SELECT group_concat(ifnull(kind, '-') || ifnull(code, '-'), ' ')"
                    " FROM attempts") == "04 4- -- 00");
    // What was not settled is there for the next one.
    const auto store = place.begin();
    const auto left = store->left_behind(kQueue);
    REQUIRE(left.has_value());
    REQUIRE(left->size() == 1);
    CHECK(left->front().text == "job 3");
    store->settle(left->front(), Store::Verdict::lost);
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(place.sql("SELECT ending FROM runs WHERE id = 1") == "1");
}
