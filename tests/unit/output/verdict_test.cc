// SPDX-License-Identifier: MIT
#include "output/verdict.h"

#include "fixture.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;
using namespace std::chrono_literals;

namespace {

struct Bench {
    model::Fleet fleet = fleet_of({"a", "b"});

    [[nodiscard]] StopFacts facts(int grade, std::size_t running) const {
        StopFacts facts;
        facts.grade = grade;
        // Not in the order of their numbers.
        for (std::size_t i = running; i > 0; --i)
            facts.running.push_back({{i}, &fleet.nodes[(i - 1) % 2], "c", at(0)});
        facts.left = 8782;
        facts.queue_name = "queue.yaml";
        facts.grace = 10s;
        return facts;
    }
};

}  // namespace

TEST_CASE("the first ctrl-c names what runs, what stays, and what the next one does") {
    const Bench bench;
    CHECK(stop_text(bench.facts(1, 2)) ==
          "stopping: no further job starts, 2 are finishing (job 1 on a, job 2 on b), 8782 stay in "
          "queue.yaml. Ctrl-C again ends them.\n");
    CHECK(stop_text(bench.facts(1, 14)) ==
          "stopping: no further job starts, 14 are finishing (job 1 on a, job 2 on b, job 3 on a "
          "and 11 more), 8782 stay in queue.yaml. Ctrl-C again ends them.\n");
    CHECK(stop_text(bench.facts(1, 0)) ==
          "stopping: nothing is running, 8782 stay in queue.yaml\n");
    StopFacts last = bench.facts(1, 1);
    last.left = 0;
    CHECK(stop_text(last) ==
          "stopping: no further job starts, 1 is finishing (job 1 on a). Ctrl-C again ends it.\n");
}

TEST_CASE("a stop by a signal says how long it waits, and no ctrl-c comes again that never came") {
    const Bench bench;
    StopFacts facts = bench.facts(1, 2);
    facts.left = 0;
    facts.cause = StopCause::termination;
    CHECK(
        stop_text(facts) ==
        "stopping: no further job starts, 2 are finishing (job 1 on a, job 2 on b). SIGTERM gives "
        "them 10s; Ctrl-C ends them now.\n");
    facts.cause = StopCause::hangup;
    CHECK(stop_text(facts) ==
          "stopping: no further job starts, 2 are finishing (job 1 on a, job 2 on b). SIGHUP gives "
          "them 10s; Ctrl-C ends them now.\n"
          "  With -d, SIGHUP would have had the file of hosts read again.\n");
    facts.cause = StopCause::closed_output;
    CHECK(stop_text(facts) ==
          "stopping: no further job starts, 2 are finishing (job 1 on a, job 2 on b). Nobody reads "
          "the output any more; Ctrl-C ends them.\n");
    facts.cause = StopCause::termination;
    facts.grade = 2;
    CHECK(stop_text(facts) == "ending 2 jobs: TERM now, KILL after 10s. Ctrl-C leaves at once.\n");
}

TEST_CASE("the second ctrl-c says how jobs are ended, and for remote ones what is not certain") {
    const Bench bench;
    StopFacts facts = bench.facts(2, 2);
    CHECK(stop_text(facts) ==
          "ending 2 jobs: TERM now, KILL after 10s. Ctrl-C again leaves at once.\n");
    facts.has_remote = true;
    facts.grace = 500ms;
    CHECK(
        stop_text(facts) ==
        "ending 2 jobs: TERM now, KILL after 0.5s. Ctrl-C again leaves at once.\n"
        "  Over SSH without the shim, a command that the signals do not reach (that of root, say) "
        "may go on running there.\n");
}

TEST_CASE("the third ctrl-c waits for nothing") {
    const Bench bench;
    CHECK(stop_text(bench.facts(3, 2)) == "leaving at once, without waiting for 2 jobs\n");
    CHECK(stop_text(bench.facts(3, 0)) == "leaving at once\n");
    StopFacts facts = bench.facts(3, 1);
    facts.left_running = 2;
    CHECK(stop_text(facts) ==
          "leaving at once, without waiting for 1 job; 2 jobs are left running\n");
}
