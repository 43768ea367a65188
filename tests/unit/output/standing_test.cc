// SPDX-License-Identifier: MIT
#include "output/standing.h"

#include "fixture.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;
using namespace std::chrono_literals;

TEST_CASE("how things stand is told in counts, then what runs, the longest first") {
    const model::Fleet fleet = fleet_of({"node-1", "node-2", "node-3"});
    Standing standing;
    standing.counts.succeeded = 3;
    standing.counts.failed = 1;
    standing.so_far = 75s;
    standing.running = {{{6}, &fleet.nodes[1], "sleep 5\nsleep 6", at(70)},
                        {{5}, &fleet.nodes[0], "python train.py", at(33.8)}};
    standing.queued = 180;
    standing.nodes = 3;
    standing.nodes_ready = 2;
    CHECK(standing_text(standing, at(75), 80) ==
          "after 1m15s: 2 running, 3 ok, 1 failed, 180 queued; 2 of 3 nodes ready\n"
          "  JOB  NODE    FOR    COMMAND\n"
          "  5    node-1  41.2s  python train.py\n"
          "  6    node-2  5.0s   sleep 5 sleep 6\n");
}

TEST_CASE("of very many running jobs those that run longest are shown") {
    const model::Fleet fleet = fleet_of({"n"});
    Standing standing;
    for (std::uint64_t i = 1; i <= 100; ++i)
        standing.running.push_back({{i}, fleet.nodes.data(), "c", at(static_cast<double>(i))});
    const std::string text = standing_text(standing, at(100), 0);
    CHECK(text.find("\n  20   n     1m20s  c\n  ... and 80 more\n") != std::string::npos);
}

TEST_CASE("what failed and waits for its next try is counted until it begins or is dropped") {
    Tally tally;
    const auto fail = [&](std::uint64_t attempt, std::uint64_t job) {
        tally.read(model::AttemptStarted{{attempt}, {job}, {0}, {}, "c"}, at(1));
        model::AttemptEnded ended{{attempt}, model::Exited{1}};
        ended.next_try = model::NextTry{2, 3, 5s};
        tally.read(ended, at(2));
    };
    fail(1, 1);
    fail(2, 2);
    CHECK(tally.counts().retrying == 2);
    CHECK(tally.counts().failed == 0);
    Standing standing;
    standing.counts = tally.counts();
    CHECK(standing_text(standing, at(3), 0).starts_with("after 0.0s: 0 running, 2 to be tried "));
    model::AttemptStarted second{{3}, {1}, {0}, {}, "c"};
    second.number = 2;
    tally.read(second, at(3));
    CHECK(tally.counts().retrying == 1);
    tally.read(model::RetryDropped{{2}, {2}, {0}, model::Exited{1}, "it was cancelled"}, at(4));
    CHECK(tally.counts().retrying == 0);
    CHECK(tally.counts().failed == 1);
    // A try that is refused is still to come: it, and not that of another node.
    const auto fail_on = [&](std::uint64_t attempt, std::uint64_t node) {
        tally.read(model::AttemptStarted{{attempt}, {5}, {node}, {}, "c"}, at(4));
        model::AttemptEnded ended{{attempt}, model::Exited{1}};
        ended.next_try = model::NextTry{2, 3, 5s};
        tally.read(ended, at(4));
    };
    fail_on(5, 0);
    fail_on(6, 1);
    model::AttemptStarted again{{7}, {5}, {1}, {}, "c"};
    again.number = 2;
    tally.read(again, at(4));
    CHECK(tally.counts().retrying == 1);
    tally.read(model::AttemptRefused{{7}, "no"}, at(4));
    CHECK(tally.counts().retrying == 2);
    tally.read(model::RetryDropped{{6}, {5}, {1}, model::Exited{1}, "refused: no"}, at(4));
    CHECK(tally.counts().retrying == 1);
    again.attempt = {8};
    again.node = {0};
    tally.read(again, at(4));
    CHECK(tally.counts().retrying == 0);
    // A try of an earlier run failed before it.
    second.job = {9};
    second.attempt = {4};
    tally.read(second, at(5));
    CHECK(tally.counts().retrying == 0);
}

TEST_CASE("both the lines for people and --json answer on stderr") {
    const model::Fleet fleet = fleet_of({"n"});
    TextSink out;
    TextSink err;
    JsonOptions json_options;
    json_options.start = at(0);
    json_options.err = &err;
    json_options.remaining = [] { return std::size_t{4}; };
    const auto json = make_json(fleet, json_options, out);
    PlainOptions plain_options;
    plain_options.start = at(0);
    plain_options.remaining = json_options.remaining;
    const auto plain = make_plain(fleet, plain_options, out, err);
    for (Reader* reader : {json.get(), plain.get()}) {
        model::Job job;
        job.id = {1};
        job.options.name = "train";
        reader->read(model::NodeUp{{0}}, at(0));
        reader->read(model::JobTaken{job}, at(0));
        reader->read(started(1, 0, "c"), at(0));
        reader->read(began(1), at(1));
        out.text.clear();
        err.text.clear();
        reader->show_standing(at(3));
        CHECK(out.text.empty());
        CHECK(err.text ==
              "after 3.0s: 1 running, 4 queued; 1 of 1 node ready\n"
              "  JOB  NODE  FOR   COMMAND\n"
              "  1    n     2.0s  train\n");
    }
}
