// SPDX-License-Identifier: MIT
#include "history/sqlite.h"
#include "stores.h"

#include <cerrno>
#include <filesystem>
#include <string>

#include <sys/syscall.h>
#include <unistd.h>

using namespace remuda;
using history::Safety;
using remuda::test::in_killed_child;
using remuda::test::kQueue;
using remuda::test::StorePlace;

namespace {

int syncs = 0;
bool must_fail = false;

}  // namespace

// Takes the place of libc's for SQLite, too.
extern "C" int fdatasync(int fd) {
    ++syncs;
    if (!must_fail) return static_cast<int>(::syscall(SYS_fdatasync, fd));
    errno = EIO;
    return -1;
}

TEST_CASE("a safe commit syncs what was written, even if nothing new was told") {
    StorePlace place;
    const auto store = place.begin();
    const int before = syncs;
    store->claimed({1}, "a", "");
    REQUIRE(store->commit(Safety::process).has_value());
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(syncs == before);
    REQUIRE(store->commit(Safety::machine).has_value());
    CHECK(syncs == before + 1);
    REQUIRE(store->commit(Safety::machine).has_value());
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(syncs == before + 1);
}

TEST_CASE("a claim that could not be synced does not count once it is forgotten") {
    StorePlace place;
    in_killed_child([&] {
        const auto store = place.begin();
        store->claimed({1}, "a", "before");
        must_fail = true;
        const auto failed = store->commit(Safety::machine);
        must_fail = false;
        if (failed || failed.error().text().find("Input/output error") == std::string::npos) return;
        store->forget_claims();
        store->claimed({1}, "a", "later");
        (void)store->commit(Safety::machine);
    });
    const auto store = place.open();
    const auto left = store->left_behind(kQueue);
    REQUIRE(left.has_value());
    REQUIRE(left->size() == 1);
    CHECK(left->front().mark == "later");
    CHECK(place.sql("SELECT group_concat(state) FROM jobs") == "2,0");
}

TEST_CASE("after a failed sync nothing is safe before the log was emptied") {
    StorePlace place;
    const auto store = place.begin();
    store->claimed({1}, "a", "");
    must_fail = true;
    CHECK_FALSE(store->commit(Safety::machine).has_value());
    must_fail = false;
    const std::string log = place.directory() + "/state.db-wal";
    CHECK(std::filesystem::file_size(log) > 0);
    {
        // The reader keeps what it reads in the log.
        auto reader = history::Database::open(place.directory() + "/state.db", 0);
        REQUIRE(reader.has_value());
        REQUIRE((*reader)->execute("BEGIN").has_value());
        REQUIRE((*reader)->integer("SELECT count(*) FROM jobs").has_value());
        CHECK_FALSE(store->commit(Safety::machine).has_value());
    }
    CHECK(store->commit(Safety::machine).has_value());
    CHECK(std::filesystem::file_size(log) == 0);
}

TEST_CASE("jobs that were claimed together share their mark, whichever of them are left") {
    StorePlace place;
    in_killed_child([&] {
        const auto store = place.begin();
        store->claimed({1}, "a", "one");
        store->claimed({2}, "b", "one");
        store->claimed({3}, "c", "two");
        store->claimed({4}, "d", "two");
        (void)store->commit(Safety::machine);
        store->claimed({5}, "e", "two");
        store->finished({1});
        store->finished({3});
        (void)store->commit(Safety::machine);
    });
    const auto store = place.open();
    const auto left = store->left_behind(kQueue);
    REQUIRE(left.has_value());
    REQUIRE(left->size() == 3);
    CHECK((*left)[0].mark == "one");
    CHECK((*left)[1].mark == "two");
    CHECK((*left)[2].mark == "two");
}
