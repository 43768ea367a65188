// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "support/temp_dir.h"
#include "unit/queue/ledgers.h"
#include "unit/queue/queues.h"

#include <fstream>

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::load_file;
using remuda::replace_file;
using remuda::test::FakeLedger;
using remuda::test::jobs_in;
using remuda::test::MemoryDir;
using Lines = std::vector<std::string>;

namespace {

struct Bed {
    explicit Bed(const std::string& text, bool allows_repeats = false) {
        REQUIRE(replace_file(path, text));
        QueueSettings settings;
        settings.ledger = &ledger;
        settings.allows_repeats = allows_repeats;
        settings.note = [this](const std::string& note) { notes.push_back(note); };
        queue.emplace(path, std::move(settings));
    }
    Lines take(std::size_t times, bool is_burst = false) {
        Lines jobs;
        for (std::size_t i = 0; i < times; ++i) {
            const auto result = queue->take([](const auto&) { return Admission{}; }, is_burst);
            REQUIRE(result);
            const auto* taken = std::get_if<Taken>(&*result);
            jobs.push_back(taken == nullptr ? "nothing"
                                            : remuda::test::in_one_line(taken->jobs.front()));
        }
        return jobs;
    }
    MemoryDir dir;
    std::string path = dir.path("queue.yaml");
    FakeLedger ledger;
    Lines notes;
    std::optional<Queue> queue;
};

}  // namespace

TEST_CASE("jobs that come back with an older copy of the file are skipped, once, and told of") {
    for (const bool is_burst : {false, true}) {
        const std::string old = "# top\n- a\n- b\n# on c\n- command: c\n  x: [1, 2, 3]\n- d\n";
        Bed bed(old);
        CHECK(bed.take(3, is_burst) == Lines{"a", "b", "c x=1"});
        REQUIRE(replace_file(bed.path, old + "- new\n"));
        CHECK(bed.take(1) == Lines{"c x=2"});
        CHECK(jobs_in(load_file(bed.path).value()) == Lines{"c x=3", "d", "new"});
        CHECK(bed.notes == Lines{"3 jobs that were taken already came back with a save of an older "
                                 "copy of " +
                                 bed.path + "; they are skipped (--allow-repeat runs them)"});
        CHECK(bed.ledger.skipped == 3);
        // Somebody who writes it again means it.
        REQUIRE(replace_file(bed.path, "- a\n" + load_file(bed.path).value()));
        CHECK(bed.take(1) == Lines{"a"});
        CHECK(bed.notes.size() == 1);
    }
}

TEST_CASE("what is new at the top of an older copy stays") {
    Bed bed("- a\n- b\n- c\n");
    CHECK(bed.take(1) == Lines{"a"});
    REQUIRE(replace_file(bed.path, "- new # note\n- a\n- command: n\n  x: [1, 2]\n- b\n- c\n"));
    CHECK(bed.take(5) == Lines{"new", "n x=1", "n x=2", "b", "c"});
    CHECK(bed.notes.size() == 1);
    CHECK(bed.notes.front().starts_with("1 job that was taken already came back"));
}

TEST_CASE("what is appended is new, whatever it is") {
    Bed bed("- a\n- b\n");
    CHECK(bed.take(1) == Lines{"a"});
    std::ofstream(bed.path, std::ios::app) << "- a\n";
    CHECK(bed.take(3) == Lines{"b", "a", "nothing"});
    std::ofstream(bed.path, std::ios::app) << "- a\n";
    CHECK(bed.take(1) == Lines{"a"});
    // Written into the file that was emptied, not saved over it.
    std::ofstream(bed.path, std::ios::trunc) << "- b\n";
    CHECK(bed.take(1) == Lines{"b"});
    CHECK(bed.notes.empty());
}

TEST_CASE("a save over a queue that is worked off is looked through too") {
    Bed bed("- a\n- b\n");
    CHECK(bed.take(2) == Lines{"a", "b"});
    REQUIRE(replace_file(bed.path, "- a\n- b\n- new\n"));
    CHECK(bed.take(2) == Lines{"new", "nothing"});
    CHECK(bed.notes.size() == 1);
}

TEST_CASE("repeats run if they are allowed, at the first reading, and without a ledger") {
    Bed bed("- a\n- b\n", true);
    CHECK(bed.take(1) == Lines{"a"});
    REQUIRE(replace_file(bed.path, "- a\n- b\n"));
    CHECK(bed.take(2) == Lines{"a", "b"});
    Bed first("- a\n");
    first.ledger.taken["- command:\n    - a\n"] = 1;
    CHECK(first.take(1) == Lines{"a"});
    CHECK(bed.notes.empty());
}

TEST_CASE("as many are skipped as were taken") {
    Bed bed("- a\n- a\n- a\n- b\n");
    CHECK(bed.take(2) == Lines{"a", "a"});
    // One stays that looks like those that were taken: then none of them is known to have come
    // back.
    REQUIRE(replace_file(bed.path, "- a\n- a\n- a\n- b\n"));
    CHECK(bed.take(3) == Lines{"a", "a", "a"});
    Bed all("- a\n- a\n- b\n");
    CHECK(all.take(2) == Lines{"a", "a"});
    REQUIRE(replace_file(all.path, "- a\n- a\n- a\n- b\n"));
    CHECK(all.take(3) == Lines{"a", "b", "nothing"});
}

TEST_CASE("what others change under the lock is no repeat") {
    for (const bool is_burst : {false, true}) {
        Bed bed("- command: a\n  x: [1, 1, 1, 1]\n- b\n");
        CHECK(bed.take(1, is_burst) == Lines{"a x=1"});
        {
            FakeLedger theirs;
            Queue other(bed.path, QueueSettings{.ledger = &theirs});
            const auto result = other.take([](const auto&) { return Admission{}; }, is_burst);
            REQUIRE(result);
            CHECK(bed.take(1, is_burst) == Lines{"a x=1"});
            REQUIRE(other.put_back(std::get<Taken>(*result).jobs.front()));
        }
        CHECK(bed.take(3, is_burst) == Lines{"a x=1", "a x=1", "b"});
        {
            const auto lock = Lock::try_take(bed.path, "remuda add");
            REQUIRE(lock);
            REQUIRE(replace_file(bed.path, "- b\n"));
        }
        CHECK(bed.take(1) == Lines{"b"});
        CHECK(bed.notes.empty());
    }
}

TEST_CASE("a faulty save in between does not hide an older copy") {
    Bed bed("- a\n- b\n");
    CHECK(bed.take(1) == Lines{"a"});
    REQUIRE(replace_file(bed.path, "- [\n"));
    CHECK(bed.take(1) == Lines{"nothing"});
    REQUIRE(replace_file(bed.path, "- a\n- b\n"));
    CHECK(bed.take(1) == Lines{"b"});
    CHECK(bed.notes.size() == 1);
}

TEST_CASE("a file that must be written anew is told of, with the reason") {
    const std::pair<const char*, const char*> cases[] = {
        {"[a, b]\n", "it is a list in brackets"},
        {"- &x a\n- *x\n", "it uses anchors"},
        {"!!seq\n- a\n- b\n", "its list has a tag"},
        {"- a # c\xC2\x85- b\n", "an entry shares a line with something else"}};
    for (const auto& [text, reason] : cases) {
        for (const bool is_burst : {false, true}) {
            Bed bed(text);
            bed.take(2, is_burst);
            CHECK(bed.notes == Lines{bed.path + " is written anew in canonical form, because " +
                                     reason + "; comments inside are lost"});
        }
    }
}
