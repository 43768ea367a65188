// SPDX-License-Identifier: MIT
#include "remuda/run/resume.h"

#include "keeping.h"
#include "world.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::run::Journal;
using remuda::run::LeftOver;
using remuda::run::ResumedJobs;
using remuda::test::job_of;
using remuda::test::KeptQueue;
using remuda::test::MemoryJobs;
using remuda::test::timed;
using remuda::test::World;
using std::chrono::seconds;

namespace {

// Jobs in memory whose claims are kept, as the queue does it.
class ClaimedJobs final : public run::JobSource {
  public:
    ClaimedJobs(MemoryJobs& jobs, queue::Ledger& ledger) : jobs_(jobs), ledger_(ledger) {}
    Result<queue::TakeResult> take(const queue::Admit& admit, bool is_burst) override {
        auto result = jobs_.take(admit, is_burst);
        if (!result) return result;
        if (const auto* taken = std::get_if<queue::Taken>(&*result)) {
            std::vector<std::string> texts;
            for (const model::Job& job : taken->jobs)
                texts.push_back(queue::canonical_entry(job));
            REQUIRE(ledger_.claim(taken->jobs, texts, "mark").has_value());
        }
        return result;
    }
    Result<void> put_back(const model::Job& job) override {
        ledger_.withdraw(job.id);
        return jobs_.put_back(job);
    }
    [[nodiscard]] bool has_changed() const override { return jobs_.has_changed(); }

  private:
    MemoryJobs& jobs_;
    queue::Ledger& ledger_;
};

// Broadcasts over the same three nodes, one after the other.
struct Broadcasts {
    struct Settings {
        bool resumes = true;
        bool stops_at_failure = false;
        bool allows_repeats = false;
    };

    // What ran: "n1 a" ...
    std::vector<std::string> run(const std::vector<std::string>& queue, const Settings& settings,
                                 const std::function<void(World&)>& prepare = nullptr) {
        World world(nodes);
        for (std::size_t index = 0; index < nodes; ++index) {
            world.fleet.nodes[index].label = "n" + std::to_string(index + 1);
            world.hosts[index].on_command = [](const std::string& script) {
                return timed(script, seconds(1));
            };
        }
        world.settings.mode = engine::Settings::Mode::broadcast;
        world.settings.stop_on_failure = settings.stops_at_failure;
        for (const std::string& command : queue)
            world.jobs.add(command);
        if (prepare) prepare(world);

        const auto store = kept.open();
        Journal journal(*store, world.fleet);
        LeftOver left;
        if (settings.resumes) {
            auto found = run::find_left_over(
                *store, kept.path, world.fleet,
                {settings.allows_repeats, [&](const std::string& text) { notes.push_back(text); }});
            REQUIRE(found.has_value());
            left = std::move(*found);
            lost = left.lost;
        }
        history::RunInfo info = kept.info("broadcast");
        info.stops_at_failure = settings.stops_at_failure;
        info.resumes = left.run;
        REQUIRE(journal.begin(info).has_value());
        ResumedJobs jobs(journal, std::move(left));
        ClaimedJobs rest(world.jobs, jobs);
        jobs.then(rest);
        world.keeper = &journal;
        world.run(jobs);
        CHECK(journal.commit().has_value());
        remaining = world.jobs.commands();

        std::vector<std::string> ran;
        for (std::size_t index = 0; index < nodes; ++index) {
            for (const std::string& command : world.hosts[index].started)
                ran.push_back("n" + std::to_string(index + 1) + " " + command);
        }
        return ran;
    }

    std::size_t nodes = 3;
    KeptQueue kept;
    std::vector<std::string> notes;
    std::vector<model::JobLost> lost;
    std::vector<std::string> remaining;
};

using Texts = std::vector<std::string>;

constexpr Broadcasts::Settings kFresh{false, false, false};
constexpr Broadcasts::Settings kResume{true, false, false};

}  // namespace

TEST_CASE("without a stopped broadcast, resuming is an ordinary broadcast") {
    Broadcasts all;
    CHECK(all.run({"a"}, kResume) == Texts{"n1 a", "n2 a", "n3 a"});
    CHECK(all.run({"b"}, kResume) == Texts{"n1 b", "n2 b", "n3 b"});
    CHECK(all.notes.empty());
}

TEST_CASE("a node that was down catches up, in order, and then all go on") {
    Broadcasts all;
    const auto second_down = [](World& world) {
        world.hosts[1].opening = transport::FakeHost::Opening::fails;
    };
    CHECK(all.run({"a", "b"}, kFresh, second_down) == Texts{"n1 a", "n1 b", "n3 a", "n3 b"});
    SUBCASE("when it is up again") {
        CHECK(all.run({"c"}, kResume) == Texts{"n1 c", "n2 a", "n2 b", "n2 c", "n3 c"});
        CHECK(all.run({"d"}, kResume) == Texts{"n1 d", "n2 d", "n3 d"});
    }
    SUBCASE("not while it is down still") {
        CHECK(all.run({"c"}, kResume, second_down) == Texts{"n1 c", "n3 c"});
        CHECK(all.run({}, kResume) == Texts{"n2 a", "n2 b", "n2 c"});
        CHECK(all.run({}, kResume) == Texts{});
    }
    SUBCASE("if it is still in the fleet") {
        all.nodes = 1;
        CHECK(all.run({}, kResume) == Texts{});
        CHECK(all.notes == Texts{"n2 is behind by 2 jobs, but is not among the nodes any more"});
    }
    SUBCASE("only if it is asked for") {
        CHECK(all.run({"c"}, kFresh) == Texts{"n1 c", "n2 c", "n3 c"});
    }
}

TEST_CASE("a broadcast that was cancelled goes on where each node is behind") {
    Broadcasts all;
    const auto cancelled = [](World& world) {
        world.hosts[0].on_command = [](const std::string& script) {
            return timed(script, seconds(1));
        };
        for (const std::size_t slow : {1U, 2U}) {
            world.hosts[slow].on_command = [](const std::string& script) {
                return timed(script, seconds(script == "b" ? 100 : 1));
            };
        }
        world.at(seconds(5), [](run::Driver& driver) { driver.stop(2); });
    };
    (void)all.run({"a", "b", "c"}, kFresh, cancelled);
    CHECK(all.remaining == Texts{"c"});
    CHECK(all.run({"c"}, kResume) == Texts{"n1 c", "n2 b", "n2 c", "n3 b", "n3 c"});
    CHECK(all.run({}, kResume) == Texts{});
}

TEST_CASE("a failure is done again only if the broadcast stopped for it") {
    Broadcasts all;
    const auto failing = [](World& world) {
        world.hosts[0].on_command = [](const std::string& script) {
            return timed(script, seconds(1), 1);
        };
    };
    SUBCASE("it did") {
        CHECK(all.run({"a", "b"}, {false, true, false}, failing) == Texts{"n1 a", "n2 a", "n3 a"});
        CHECK(all.run({"b"}, {true, true, false}) == Texts{"n1 a", "n1 b", "n2 b", "n3 b"});
    }
    SUBCASE("it did not") {
        (void)all.run({"a"}, kFresh, failing);
        CHECK(all.run({}, kResume) == Texts{});
    }
}

TEST_CASE("what may have run is not done again, unless that is allowed") {
    Broadcasts all;
    const auto breaking = [](World& world) {
        world.hosts[2].on_command = [](const std::string& script) {
            return timed(script, seconds(9));
        };
        world.hosts[2].breaks_after = seconds(3);
    };
    (void)all.run({"a"}, kFresh, breaking);
    SUBCASE("not allowed") {
        CHECK(all.run({}, kResume) == Texts{});
        REQUIRE(all.lost.size() == 1);
        CHECK(all.lost[0].node == "n3");
        CHECK(all.lost[0].command == "a");
        CHECK(all.lost[0].reason == "connection reset; not done again (--allow-repeat does)");
        CHECK_FALSE(all.lost[0].job);
        CHECK(all.notes.empty());
    }
    SUBCASE("allowed") {
        CHECK(all.run({}, {true, false, true}) == Texts{"n3 a"});
        CHECK(all.run({}, {true, false, true}) == Texts{});
    }
}

TEST_CASE("what was lost on one node names the job that goes on with it on others") {
    Broadcasts all;
    (void)all.run({"a", "b"}, kFresh, [](World& world) {
        world.hosts[1].on_command = [](const std::string& script) {
            return timed(script, seconds(9));
        };
        world.hosts[1].breaks_after = seconds(3);
        world.hosts[2].opening = transport::FakeHost::Opening::fails;
    });
    CHECK(all.run({}, kResume) == Texts{"n2 b", "n3 a", "n3 b"});
    REQUIRE(all.lost.size() == 1);
    CHECK(all.lost[0].node == "n2");
    CHECK(all.lost[0].job == model::JobId{1});
}

TEST_CASE("jobs that are left over keep what they need, and their ids do not meet the queue's") {
    KeptQueue kept;
    const model::Fleet fleet = test::fleet_of(1);
    const auto store = kept.open();
    Journal journal(*store, fleet);
    REQUIRE(journal.begin(kept.info("broadcast")).has_value());
    LeftOver left;
    left.items.push_back({{7}, "- command:\n    - a\n", job_of(0, "a")});
    left.items.back().job.needs.slots = 3;
    ResumedJobs jobs(journal, std::move(left));
    MemoryJobs memory;
    memory.add("b");
    ClaimedJobs rest(memory, jobs);
    jobs.then(rest);

    using Verdict = queue::Admission::Verdict;
    const auto take = [&](Verdict verdict) {
        return jobs.take(
            [&](const model::Needs& needs) {
                CHECK(needs.slots == (memory.takes == 0 ? 3 : 1));
                return queue::Admission{verdict, 5};
            },
            false);
    };
    CHECK(std::holds_alternative<queue::HeadMustWait>(*take(Verdict::wait)));
    for (int round = 0; round < 2; ++round) {
        const auto first = take(Verdict::take);
        const auto& job = std::get<queue::Taken>(*first).jobs.front();
        CHECK(job.id.value == 1);
        CHECK(job.command == "a");
        // It is not for the queue file: it comes again.
        if (round == 0) CHECK(jobs.put_back(job).has_value());
    }
    CHECK(memory.commands() == Texts{"b"});
    memory.takes = 1;
    const auto second = take(Verdict::take);
    const auto& job = std::get<queue::Taken>(*second).jobs.front();
    CHECK(job.id.value == 2);
    CHECK(job.command == "b");
    CHECK(jobs.put_back(job).has_value());
    CHECK(memory.jobs.front().id.value == 1);
    journal.read(model::RunEnded{});
    const auto left_jobs = kept.left();
    REQUIRE(left_jobs.size() == 1);
    CHECK(left_jobs.front().resumes);
}
