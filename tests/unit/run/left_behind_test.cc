// SPDX-License-Identifier: MIT
#include "remuda/run/left_behind.h"

#include "keeping.h"
#include "remuda/base/fd.h"
#include "remuda/run/journal.h"

using namespace remuda;
using remuda::run::Journal;
using remuda::test::fleet_of;
using remuda::test::in_lost_child;
using remuda::test::job_of;
using remuda::test::KeptQueue;

namespace {

// Takes the two jobs of the queue file and starts both; then it is gone, when one has ended.
void take_and_die(KeptQueue& kept) {
    in_lost_child([&] {
        const model::Fleet fleet = fleet_of(1);
        const auto store = kept.open();
        Journal journal(*store, fleet);
        REQUIRE(journal.begin(kept.info("queue")).has_value());
        queue::Queue queue(kept.path, nullptr);
        using Verdict = queue::Admission::Verdict;
        const auto admit = [](const model::Needs&) { return queue::Admission{Verdict::take, 2}; };
        const auto result = queue.take(admit);
        REQUIRE(result.has_value());
        const auto& jobs = std::get<queue::Taken>(*result).jobs;
        std::vector<std::string> texts;
        for (const model::Job& job : jobs)
            texts.push_back(queue::canonical_entry(job));
        REQUIRE(journal.claim(jobs, texts, "").has_value());
        for (const std::uint64_t id : {1U, 2U})
            journal.read(model::AttemptStarted{{id}, {id}, {0}, {0}, "ran"});
        journal.read(model::AttemptEnded{{1}, model::Exited{}});
        REQUIRE(journal.commit().has_value());
    });
}

std::vector<std::string> settled(KeptQueue& kept, history::Store& store) {
    queue::Queue queue(kept.path, nullptr);
    std::vector<std::string> lost;
    const auto done =
        run::settle_left_behind(store, queue, kept.path, [&](const model::JobLost& job) {
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

TEST_CASE("of a killed run, what was started is told as lost, and nothing is left after it") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- one\n- two\n").has_value());
    take_and_die(kept);
    CHECK(kept.left().size() == 1);
    CHECK(settled(kept, *kept.open()) == Texts{"n1: ran: remuda was killed while it ran (run 1)"});
    CHECK(kept.left().empty());
    CHECK(load_file(kept.path).value() == "");
}

TEST_CASE("a queue that is locked is settled later") {
    KeptQueue kept;
    REQUIRE(replace_file(kept.path, "- one\n- two\n").has_value());
    take_and_die(kept);
    const auto store = kept.open();
    queue::Queue queue(kept.path, nullptr);
    const auto lock = queue::Lock::try_take(kept.path, "test");
    REQUIRE(lock.has_value());
    const auto done =
        run::settle_left_behind(*store, queue, kept.path, [](const model::JobLost&) {});
    if (!done) {
        CHECK(done.error().code() == Code::locked);
        CHECK_FALSE(store->has_uncommitted());
    }
}
