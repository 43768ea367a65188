// SPDX-License-Identifier: MIT
#include "output/summary.h"

#include "fixture.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;
using namespace std::chrono_literals;

namespace {

Summary::Trouble trouble(std::uint64_t job, std::string node, std::string why, std::string what) {
    Summary::Trouble trouble;
    trouble.job = model::JobId{job};
    trouble.node = std::move(node);
    trouble.why = std::move(why);
    trouble.what = std::move(what);
    return trouble;
}

}  // namespace

TEST_CASE("the summary lists what went wrong, in columns that fit") {
    const model::Fleet fleet = fleet_of({"node-03", "node-06", "節点-9"});
    Summary summary(fleet);
    summary.add(
        trouble(871, "node-03", "exit 137", "python3 train.py --seed 871 --out /data/runs/871"));
    summary.add(trouble(4410, "節点-9", "timed out", "line one\nline two"));
    summary.node_down({1}, "host key changed");
    Summary::Facts facts;
    facts.counts.succeeded = 9996;
    facts.counts.failed = 2;
    facts.counts.nodes_down = 1;
    facts.took = 27min + 41s;
    facts.left = 0;
    facts.queue_name = "queue.yaml";
    CHECK(summary.text(facts, 60, false) ==
          "finished in 27m41s: 9996 ok, 2 failed, 1 node down\n"
          "  JOB   NODE     WHY        COMMAND\n"
          "  871   node-03  exit 137   python3 train.py… /data/runs/871\n"
          "  4410  節点-9   timed out  line one line two\n"
          "  node-06 down, never used: host key changed (hosts.yaml:2)\n");
}

TEST_CASE("reasons and commands are cut where the terminal has no room for both, not before") {
    const model::Fleet fleet = fleet_of({"n"});
    Summary summary(fleet);
    summary.add(trouble(3, "localhost (gpu=2)", "exit 3", "echo oops >&2; exit 3"));
    summary.add(
        trouble(10, "", "never started: it needs 9 slots, the largest node has 4", "echo never"));
    const std::string head = "finished in 0.0s: nothing to do,  is empty\n";
    CHECK(summary.text({}, 60, false) ==
          head +
              "  JOB  NODE               WHY               COMMAND\n"
              "  3    localhost (gpu=2)  exit 3            echo oop… exit 3\n"
              "  10   -                  never st…e has 4  echo never\n");
    CHECK(summary.text({}, 100, false) ==
          head +
              "  JOB  NODE               WHY                                                  "
              "COMMAND\n"
              "  3    localhost (gpu=2)  exit 3                                               echo "
              "oops >&2; exit 3\n"
              "  10   -                  never started: it needs 9…s, the largest node has 4  echo "
              "never\n");
    const std::string whole = summary.text({}, 110, false);
    CHECK(whole.find("it needs 9 slots, the largest node has 4  echo never\n") !=
          std::string::npos);
    CHECK(summary.text({}, 0, false) == whole);
}

TEST_CASE("off a terminal no reason is cut, and a long one moves its own command alone") {
    const model::Fleet fleet = fleet_of({"n"});
    Summary summary(fleet);
    const std::string reason(100, 'r');
    const std::string command(300, 'c');
    summary.add(trouble(1, "n", "exit 1", "false"));
    summary.add(trouble(2, "n", reason, command));
    const std::string text = summary.text({}, 0, false);
    CHECK(text.find("  1    n     exit 1" + std::string(76, ' ') + "false\n") != std::string::npos);
    CHECK(text.find("  2    n     " + reason + "  " + command + "\n") != std::string::npos);
}

TEST_CASE("the summary of a good run is one line") {
    const model::Fleet fleet = fleet_of({"n"});
    const Summary summary(fleet);
    Summary::Facts facts;
    facts.counts.succeeded = 3;
    facts.took = 1500ms;
    CHECK(summary.text(facts, 0, false) == "finished in 1.5s: 3 ok\n");
    CHECK(summary.text(facts, 0, true) == "finished in 1.5s: \x1B[32m3 ok\x1B[0m\n");
}

TEST_CASE("nothing to do and nothing done are told apart") {
    const model::Fleet fleet = fleet_of({"n"});
    const Summary summary(fleet);
    Summary::Facts facts;
    facts.queue_name = "jobs.yaml";
    CHECK(summary.text(facts, 0, false) == "finished in 0.0s: nothing to do, jobs.yaml is empty\n");
    facts.was_stopped = true;
    facts.left = 7;
    CHECK(summary.text(facts, 0, false) ==
          "stopped in 0.0s: nothing was run; 7 left in jobs.yaml\n");
}

TEST_CASE("a run that a failure ended early says so") {
    const model::Fleet fleet = fleet_of({"n"});
    const Summary summary(fleet);
    Summary::Facts facts;
    facts.queue_name = "queue.yaml";
    facts.counts.failed = 1;
    facts.stops_at_failure = true;
    facts.left = 2;
    CHECK(summary.text(facts, 0, false) ==
          "stopped at a failure (-e) in 0.0s: 1 failed; 2 left in queue.yaml\n");
    facts.left = 0;
    CHECK(summary.text(facts, 0, false) == "finished in 0.0s: 1 failed\n");
}

TEST_CASE("a broadcast that has left something says how to go on") {
    const model::Fleet fleet = fleet_of({"n"});
    const Summary summary(fleet);
    Summary::Facts facts;
    facts.queue_name = "queue.yaml";
    facts.is_broadcast = true;
    facts.counts.succeeded = 1;
    CHECK(summary.text(facts, 0, false) == "finished in 0.0s: 1 ok\n");
    facts.was_stopped = true;
    facts.left = 2;
    CHECK(summary.text(facts, 0, false) ==
          "stopped in 0.0s: 1 ok; 2 left in queue.yaml\ngo on with: remuda b\n");
    facts.counts.cancelled = 1;
    CHECK(summary.text(facts, 0, false).ends_with("\ngo on with: remuda b --resume\n"));
    facts.queue_name = "up.yaml";
    CHECK(summary.text(facts, 0, false).ends_with("remuda b --resume -Q up.yaml\n"));
}

TEST_CASE("of very many troubles the first twenty are shown") {
    const model::Fleet fleet = fleet_of({"n"});
    Summary summary(fleet);
    for (std::uint64_t i = 1; i <= 1000; ++i)
        summary.add(trouble(i, "n", "exit 1", "false"));
    const std::string text = summary.text({}, 80, false);
    CHECK(text.find("  20   n     exit 1  false\n  ... and 980 more\n") != std::string::npos);
    CHECK(text.find("\n  21 ") == std::string::npos);
}

TEST_CASE("nodes that fell for one reason are one line, counted and named") {
    model::Fleet fleet = fleet_of({"gpu-1 (c=0)", "gpu-1 (c=1)", "gpu-2", "gpu-3"});
    for (std::size_t i = 0; i < 2; ++i) {
        fleet.nodes[i].host = {0};
        fleet.nodes[i].hostname = "gpu-1";
    }
    Summary summary(fleet);
    for (std::uint64_t i = 0; i < 3; ++i)
        summary.node_down({i}, "timed out");
    summary.node_used({3});
    summary.node_down({3}, "reset by peer");
    CHECK(summary.text({}, 80, false) ==
          "finished in 0.0s: nothing to do,  is empty\n"
          "  gpu-[1-2] (3 nodes) down, never used: timed out (hosts.yaml:1,2,3)\n"
          "  gpu-3 went down: reset by peer (hosts.yaml:4)\n");
}
