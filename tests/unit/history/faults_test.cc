// SPDX-License-Identifier: MIT
//
// Stores that cannot be opened or written.
#include "remuda/base/fd.h"
#include "stores.h"

#include <filesystem>

#include <sys/resource.h>
#include <sys/stat.h>

using namespace remuda;
using history::Safety;
using history::Store;
using remuda::test::in_child;
using remuda::test::kQueue;
using remuda::test::StorePlace;

namespace {

Error failure_to_open(const StorePlace& place) {
    const auto store = Store::open(place.directory(), [] { return 0; });
    REQUIRE_FALSE(store.has_value());
    return store.error();
}

}  // namespace

TEST_CASE("a store of a newer remuda is refused, and says so") {
    StorePlace place;
    (void)place.open();
    place.sql("PRAGMA user_version = 99");
    const Error error = failure_to_open(place);
    CHECK(error.code() == Code::invalid_input);
    CHECK(error.text() == place.file() +
                              ": made by a newer remuda (its version is 99, this remuda knows up "
                              "to 3); use that one, or another --state-dir");
}

TEST_CASE("a file that is no database, or another program's, is refused and left as it is") {
    StorePlace place;
    std::filesystem::create_directory(place.directory());
    SUBCASE("no database") {
        const std::string text(5000, 'x');
        REQUIRE(replace_file(place.file(), text).has_value());
        const Error error = failure_to_open(place);
        CHECK(error.code() == Code::invalid_input);
        CHECK(error.text() ==
              place.file() + ": it is no store of remuda; move it away, or use --state-dir");
        CHECK(load_file(place.file()).value() == text);
    }
    SUBCASE("another program's") {
        place.sql("CREATE TABLE theirs (x)");
        const std::string before = load_file(place.file()).value();
        CHECK(failure_to_open(place).code() == Code::invalid_input);
        CHECK(load_file(place.file()).value() == before);
    }
}

TEST_CASE("a process that was killed before the tables were made is no obstacle") {
    StorePlace place;
    std::filesystem::create_directory(place.directory());
    REQUIRE(replace_file(place.file(), "").has_value());
    CHECK(place.begin()->end_run().has_value());
}

TEST_CASE("a folder that cannot be made is named") {
    StorePlace place;
    SUBCASE("a file is in the way") {
        REQUIRE(replace_file(place.directory(), "").has_value());
        CHECK(failure_to_open(place).text() ==
              "cannot use " + place.directory() + ": Not a directory");
    }
    SUBCASE("it may not be written") {
        std::filesystem::create_directory(place.directory());
        ::chmod(place.dir.path().c_str(), 0755);
        ::chmod(place.directory().c_str(), 0555);
        const int code = in_child([&] {
            // Modes do not stop root.
            if (::geteuid() == 0 && ::setuid(65534) != 0) return 2;
            const auto store = Store::open(place.directory(), [] { return 0; });
            if (store) return 1;
            const std::string expected =
                "cannot make " + place.directory() + "/runs: Permission denied";
            return store.error().text() == expected ? 0 : 3;
        });
        CHECK(code == 0);
        ::chmod(place.directory().c_str(), 0755);
    }
}

TEST_CASE("folder and files are for their owner alone, whatever the umask") {
    for (const mode_t mask : {mode_t{0}, mode_t{0177}}) {
        StorePlace place;
        const int code = in_child([&] {
            ::umask(mask);
            const auto store = place.begin();
            store->claimed({1}, "x", "");
            if (!store->commit(Safety::process)) return 1;
            struct stat found{};
            const auto mode = [&](const std::string& path) -> mode_t {
                return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
            };
            if (mode(place.directory()) != 0700) return 2;
            if (mode(place.directory() + "/runs") != 0700) return 3;
            if (mode(place.file()) != 0600) return 4;
            if (mode(place.file() + "-wal") != 0600) return 5;
            if (mode(place.file() + "-shm") != 0600) return 6;
            return mode(place.directory() + "/runs/1.lock") == 0600 ? 0 : 7;
        });
        CHECK(code == 0);
    }
}

TEST_CASE("on a full disk a commit fails, keeps what was told, and succeeds when there is room") {
    // A limit of the file size fails the same writes as a full disk.
    StorePlace place;
    const int code = in_child([&] {
        ::signal(SIGXFSZ, SIG_IGN);
        const auto store = place.begin();
        store->claimed({1}, "first", "");
        if (!store->commit(Safety::machine)) return 1;
        const auto size = std::filesystem::file_size(place.file() + "-wal");
        rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        const rlimit before = limit;
        int failures = 0;
        store->started({1}, {1}, "node", "first");
        store->ended({1}, model::Exited{});
        store->finished({1});
        store->claimed({2}, "second", "");
        // At each of its writes.
        for (rlim_t room = 0; room < 20000; room += 1000) {
            limit.rlim_cur = size + room;
            ::setrlimit(RLIMIT_FSIZE, &limit);
            const auto done = store->commit(Safety::machine);
            if (done) break;
            ++failures;
            if (!store->has_uncommitted()) return 2;
            if (done.error().text().find(place.file()) == std::string::npos) return 3;
        }
        ::setrlimit(RLIMIT_FSIZE, &before);
        if (failures < 3) return 4;
        if (!store->commit(Safety::machine)) return 5;
        store->withdrawn({2});
        return store->end_run() ? 0 : 6;
    });
    CHECK(code == 0);
    CHECK(place.sql("SELECT group_concat(text || state) FROM (SELECT * FROM jobs ORDER BY job)") ==
          "first1,second2");
    CHECK(place.sql("SELECT count(*) FROM attempts WHERE kind = 0") == "1");
    CHECK(place.sql("PRAGMA integrity_check") == "ok");
}

TEST_CASE("claims that could not be written can be dropped; the rest is kept") {
    StorePlace place;
    const auto store = place.begin();
    store->claimed({1}, "a", "");
    REQUIRE(store->commit(Safety::process).has_value());
    // Told before the claims that fail.
    store->started({1}, {1}, "node", "a");
    store->claimed({2}, "b", "");
    store->claimed({3}, "c", "");
    place.sql("CREATE TRIGGER full BEFORE INSERT ON jobs BEGIN SELECT raise(ABORT, 'full'); END");
    const auto failed = store->commit(Safety::machine);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().text() == place.file() + ": full");
    CHECK(place.sql("SELECT count(*) FROM attempts") == "0");
    store->forget_claims();
    CHECK(store->has_uncommitted());
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(place.sql("SELECT count(*) FROM attempts") == "1");
    place.sql("DROP TRIGGER full");
    // The numbers are free again.
    store->claimed({2}, "b", "");
    REQUIRE(store->commit(Safety::process).has_value());
    CHECK(place.sql("SELECT count(*) FROM jobs") == "2");
}

TEST_CASE("a store that another process keeps locked is busy, and keeps what it is told") {
    StorePlace place;
    const auto store = place.begin();
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open(place.file().c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    store->claimed({1}, "a", "");
    for (const Safety safety : {Safety::machine, Safety::process}) {
        const auto held = store->commit(safety);
        REQUIRE_FALSE(held.has_value());
        CHECK(held.error().code() == Code::busy);
        CHECK(held.error().text() == place.file() + ": another process keeps it locked");
        CHECK(store->has_uncommitted());
    }
    CHECK(store->end_run().error().code() == Code::busy);
    sqlite3_close(other);
    store->finished({1});
    CHECK(store->end_run().has_value());
    CHECK(place.sql("SELECT count(*) FROM jobs") == "1");
}

TEST_CASE("a store that is removed under a run is noticed within a second") {
    StorePlace place;
    const auto store = place.begin();
    store->claimed({1}, "a", "");
    REQUIRE(store->commit(Safety::machine).has_value());
    std::filesystem::rename(place.directory(), place.dir.path("elsewhere"));
    SUBCASE("nothing stands in its place") {}
    SUBCASE("another one does") {
        const auto other = Store::open(place.directory(), [] { return 0; });
        REQUIRE(other.has_value());
    }
    store->claimed({2}, "b", "");
    REQUIRE(store->commit(Safety::machine).has_value());
    place.now += 1000;
    store->claimed({3}, "c", "");
    const auto failed = store->commit(Safety::machine);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().text() == place.file() +
                                       ": it was moved away or removed while it was in use; put "
                                       "it back, or start again");
    CHECK_FALSE(store->commit(Safety::machine).has_value());
    store->forget_claims();
    std::filesystem::remove_all(place.directory());
    std::filesystem::rename(place.dir.path("elsewhere"), place.directory());
    store->claimed({3}, "c", "");
    CHECK(store->commit(Safety::machine).has_value());
    CHECK(place.sql("SELECT count(*) FROM jobs") == "3");
}

TEST_CASE("a run that cannot begin leaves no lock") {
    StorePlace place;
    const auto store = place.open();
    place.sql("CREATE TRIGGER full BEFORE INSERT ON runs BEGIN SELECT raise(ABORT, 'full'); END");
    CHECK_FALSE(store->begin_run({kQueue, "queue", "1"}).has_value());
    CHECK(std::filesystem::is_empty(place.directory() + "/runs"));
    place.sql("DROP TRIGGER full");
    CHECK(store->begin_run({kQueue, "queue", "1"}).has_value());
}
