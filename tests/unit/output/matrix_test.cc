// SPDX-License-Identifier: MIT
#include "output/matrix.h"

#include "fixture.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;

namespace {

struct Bench {
    explicit Bench(const std::vector<std::string>& labels) : fleet(fleet_of(labels)) {}

    // A job and how it ended on each node; shorter: the others have no end.
    void job(std::uint64_t id, std::string command, const std::vector<model::Outcome>& outcomes) {
        model::Job job;
        job.id = {id};
        job.command = std::move(command);
        matrix.job_taken(job);
        for (std::size_t node = 0; node < outcomes.size(); ++node)
            matrix.attempt_ended({id}, {node}, outcomes[node]);
    }
    // On all nodes alike.
    void job(std::uint64_t id, const model::Outcome& outcome) {
        job(id, "c" + std::to_string(id), std::vector<model::Outcome>(fleet.nodes.size(), outcome));
    }

    model::Fleet fleet;
    Matrix matrix{fleet};
};

const model::Outcome kOk = model::Exited{0};

std::vector<std::string> numbered(std::size_t count) {
    std::vector<std::string> labels;
    for (std::size_t i = 1; i <= count; ++i)
        labels.push_back("node" + std::to_string(i));
    return labels;
}

}  // namespace

TEST_CASE("the matrix says by words what became of each command on each node") {
    Bench bench({"alpha", "beta", "gamma"});
    bench.job(1, "make", {kOk, model::Exited{3}, model::NeverStarted{"down"}});
    bench.job(2, "make test", {model::Signalled{"TERM"}, model::Lost{"reset"}, model::TimedOut{}});
    bench.job(3, "make install", {model::Cancelled{}});
    CHECK(bench.matrix.text(80, false) ==
          "  NODE   1       2        3\n"
          "  alpha  ok      SIGTERM  cancelled\n"
          "  beta   exit 3  lost     -\n"
          "  gamma  never   timeout  -\n"
          "  1: make\n"
          "  2: make test\n"
          "  3: make install\n");
}

TEST_CASE("where all went well a line says so") {
    Bench bench({"a", "b"});
    CHECK(bench.matrix.text(80, false).empty());
    bench.job(1, kOk);
    bench.job(2, kOk);
    CHECK(bench.matrix.is_all_ok());
    CHECK(bench.matrix.text(80, false) == "  2 commands on 2 nodes: all ok\n");
}

TEST_CASE("colour comes on top of the words") {
    Bench bench({"a"});
    bench.job(1, kOk);
    bench.job(2, model::Exited{1});
    CHECK(bench.matrix.text(80, true) ==
          "  NODE  1   2\n"
          "  a     \x1B[32mok\x1B[0m  \x1B[31mexit 1\x1B[0m\n"
          "  1: c1\n"
          "  2: c2\n");
}

TEST_CASE("of many nodes those that fared alike share a row") {
    Bench bench(numbered(12));
    std::vector<model::Outcome> outcomes(12, kOk);
    outcomes[3] = model::Exited{1};
    bench.job(1, "c", outcomes);
    CHECK(bench.matrix.text(80, false) ==
          "  NODE                 1\n"
          "  node[1-3,5-12] (11)  ok\n"
          "  node4 (1)            exit 1\n"
          "  1: c\n");
}

TEST_CASE("what does not fit beside goes below") {
    Bench bench({"a", "b"});
    for (std::uint64_t id = 1; id <= 5; ++id)
        bench.job(id, model::Exited{100});
    CHECK(bench.matrix.text(36, false) ==
          "  NODE  1         2         3\n"
          "  a     exit 100  exit 100  exit 100\n"
          "  b     exit 100  exit 100  exit 100\n"
          "  NODE  4         5\n"
          "  a     exit 100  exit 100\n"
          "  b     exit 100  exit 100\n"
          "  1: c1\n  2: c2\n  3: c3\n  4: c4\n  5: c5\n");
}

TEST_CASE("of many commands those that went well everywhere are counted") {
    Bench bench({"a", "b"});
    for (std::uint64_t id = 1; id <= 100; ++id)
        bench.job(id, "c" + std::to_string(id),
                  {kOk, id % 40 == 0 ? model::Outcome(model::Exited{2}) : kOk});
    CHECK(bench.matrix.text(80, false) ==
          "  NODE  40      80\n"
          "  a     ok      ok\n"
          "  b     exit 2  exit 2\n"
          "  40: c40\n"
          "  80: c80\n"
          "  and 98 commands that went well on every node\n");
}

TEST_CASE("a job that is run again on a node counts as it ended last") {
    Bench bench({"a"});
    bench.job(1, model::Lost{"reset"});
    bench.matrix.attempt_ended({1}, {0}, kOk);
    CHECK(bench.matrix.is_all_ok());
}

TEST_CASE("a job for some nodes alone has no end on the others") {
    Bench bench({"a", "b"});
    model::Job job;
    job.id = {1};
    job.command = "c";
    job.only = {{1}};
    bench.matrix.job_taken(job);
    bench.matrix.attempt_ended({1}, {1}, kOk);
    CHECK(bench.matrix.is_all_ok());
    bench.job(2, model::Exited{1});
    CHECK(bench.matrix.text(80, false) ==
          "  NODE  1   2\n"
          "  a     -   exit 1\n"
          "  b     ok  exit 1\n"
          "  1: c\n  2: c2\n");
}

TEST_CASE("a command is one line of the legend, cut to the width and safe") {
    Bench bench({"a"});
    bench.job(1, "echo \x1B[2Jone\ntwo " + std::string(100, 'x'), {model::Exited{1}});
    const std::string text = bench.matrix.text(30, false);
    CHECK(text.find("  1: echo one t") != std::string::npos);
    CHECK(text.find('\x1B') == std::string::npos);
    CHECK(text.find(std::string(40, 'x')) == std::string::npos);
}

TEST_CASE("a node that joined during the run has a row") {
    Bench bench({"a"});
    bench.job(1, kOk);
    const model::Fleet bigger = fleet_of({"a", "b"});
    bench.fleet.hosts = bigger.hosts;
    bench.fleet.nodes = bigger.nodes;
    bench.job(2, model::Exited{1});
    CHECK(bench.matrix.text(80, false).find("  b     -   exit 1\n") != std::string::npos);
}

TEST_CASE("a job that no node could take ran nowhere") {
    Bench bench({"a", "b"});
    bench.job(1, kOk);
    model::Job job;
    job.id = {2};
    job.command = "big";
    bench.matrix.job_too_big(job);
    CHECK(bench.matrix.text(80, false) ==
          "  NODE  1   2\n"
          "  a     ok  never\n"
          "  b     ok  never\n"
          "  1: c1\n  2: big\n");
}

TEST_CASE("on a node that has left nothing is missed") {
    Bench bench({"a", "b"});
    bench.job(1, kOk);
    bench.matrix.node_retired();
    bench.job(2, "c", {kOk});
    CHECK(bench.matrix.is_all_ok());
}

TEST_CASE("what a stopped broadcast has lost is shown in the job that goes on with it, or alone") {
    Bench bench({"alpha", "beta", "gamma"});
    bench.matrix.job_lost({"make", "alpha", "reset", model::JobId{1}});
    bench.matrix.job_lost({"make test", "alpha", "reset"});
    bench.matrix.job_lost({"make test", "gamma", "reset"});
    bench.matrix.job_lost({"make test", "gone", "reset"});
    model::Job job;
    job.id = {1};
    job.command = "make";
    job.only = {{2}};
    bench.matrix.job_taken(job);
    bench.matrix.attempt_ended({1}, {2}, kOk);
    // Told late.
    bench.matrix.job_lost({"make", "beta", "killed", model::JobId{1}});
    CHECK_FALSE(bench.matrix.is_all_ok());
    CHECK(bench.matrix.text(80, false) ==
          "  NODE   -     1\n"
          "  alpha  lost  lost\n"
          "  beta   -     lost\n"
          "  gamma  lost  ok\n"
          "  -: make test\n"
          "  1: make\n");
}
