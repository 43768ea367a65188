// SPDX-License-Identifier: MIT
#include "remuda/run/left_behind.h"

#include "keeping.h"
#include "remuda/base/fd.h"
#include "remuda/run/journal.h"

using namespace remuda;
using remuda::run::Journal;
using remuda::test::fleet_of;
using remuda::test::in_lost_child;
using remuda::test::KeptQueue;

namespace {

// Takes the first three jobs of the queue file and starts the first two; then it is gone, when one
// has ended.
void take_and_die(KeptQueue& kept) {
    remuda::test::take_and_die(kept, 3, fleet_of(1),
                               {model::AttemptStarted{{1}, {1}, {0}, {0}, "ran"},
                                model::AttemptStarted{{2}, {2}, {0}, {0}, "ran"},
                                model::AttemptEnded{{1}, model::Exited{}}});
}

Result<void> settle(history::Store& store, queue::Queue& queue, const std::string& path,
                    const std::function<void(const model::JobLost&)>& lost) {
    run::LeftBehind left(store, path, lost);
    const auto claims = left.claims();
    if (!claims) return claims.error();
    if (auto restored = queue.restore(*claims); !restored) return restored;
    return left.settle();
}

std::vector<std::string> settled(KeptQueue& kept, history::Store& store) {
    queue::Queue queue(kept.path, nullptr);
    std::vector<std::string> lost;
    const auto done = settle(store, queue, kept.path, [&](const model::JobLost& job) {
        lost.push_back(job.node + ": " + job.command + ": " + job.reason);
    });
    CHECK_MESSAGE(done.has_value(), (done ? "" : done.error().text()));
    return lost;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("nothing is settled where nothing was left") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- a\n").has_value());
    CHECK(settled(kept, *kept.open()) == Texts{});
    CHECK(load_file(kept.path).value() == "- a\n");
}

TEST_CASE("of a killed run, what was started is told as lost, and the rest is in the queue again") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- one\n- two\n- three\n- four # mine\n").has_value());
    take_and_die(kept);
    CHECK(load_file(kept.path).value() == "- four # mine\n");
    CHECK(kept.left().size() == 2);
    CHECK(settled(kept, *kept.open()) ==
          Texts{"n1: ran: remuda was killed while it ran (run 1); it may still be running"});
    CHECK(kept.left().empty());
    CHECK(load_file(kept.path).value() == "- command:\n    - three\n- four # mine\n");
    CHECK(settled(kept, *kept.open()) == Texts{});
}

TEST_CASE("what was cancelled before it was started does not go back into the queue") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- one\n- two\n- three\n- four # mine\n").has_value());
    take_and_die(kept);
    (void)kept.sql("UPDATE jobs SET cancelled_ms = 5 WHERE number = 3");
    CHECK(settled(kept, *kept.open()).size() == 1);
    CHECK(kept.left().empty());
    CHECK(load_file(kept.path).value() == "- four # mine\n");
    CHECK(kept.sql("SELECT reason FROM jobs WHERE number = 3") == "it was cancelled");
}

TEST_CASE("what is lost is told before it is settled, and again if that was not written") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- one\n- two\n- three\n").has_value());
    take_and_die(kept);
    std::size_t told = 0;
    in_lost_child([&] {
        const auto store = kept.open();
        queue::Queue queue(kept.path, nullptr);
        (void)settle(*store, queue, kept.path, [](const model::JobLost&) { ::_exit(0); });
        ::_exit(1);
    });
    CHECK(kept.left().size() == 2);
    const auto store = kept.open();
    run::LeftBehind left(*store, kept.path, [&](const model::JobLost&) { ++told; });
    (void)kept.sql(
        "CREATE TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT raise(ABORT, 'full'); END");
    for (int tries = 0; tries < 2; ++tries) {
        REQUIRE(left.claims().has_value());
        CHECK_FALSE(left.settle().has_value());
    }
    // One process tells it once.
    CHECK(told == 1);
    (void)kept.sql("DROP TRIGGER full");
    REQUIRE(left.claims().has_value());
    CHECK(left.settle().has_value());
    CHECK(told == 1);
    CHECK(kept.left().empty());
}

TEST_CASE("after another start of the machine, all that was under way is told as lost") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- one\n- two\n- three\n- four\n").has_value());
    take_and_die(kept);
    kept.reboot();
    CHECK(settled(kept, *kept.open()) ==
          Texts{"n1: ran: remuda was killed while it ran (run 1)",
                ": three: the machine went down when it was to be started (run 1)"});
    CHECK(kept.left().empty());
    CHECK(load_file(kept.path).value() == "- four\n");
}

TEST_CASE("a queue that is locked is settled later") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- one\n- two\n- three\n").has_value());
    take_and_die(kept);
    const auto store = kept.open();
    {
        queue::Queue queue(kept.path, nullptr);
        const auto lock = queue::Lock::try_take(kept.path, "test");
        REQUIRE(lock.has_value());
        const auto done = settle(*store, queue, kept.path, [](const model::JobLost&) {});
        REQUIRE_FALSE(done.has_value());
        CHECK(done.error().code() == Code::locked);
        CHECK_FALSE(store->has_uncommitted());
    }
    CHECK(settled(kept, *store).size() == 1);
    CHECK(load_file(kept.path).value() == "- command:\n    - three\n");
}
