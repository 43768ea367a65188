// SPDX-License-Identifier: MIT
#include "output/status.h"

#include "fixture.h"
#include "output/human.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;
using namespace std::chrono_literals;

TEST_CASE("durations read as people say them") {
    CHECK(human_duration(0ns) == "0.0s");
    CHECK(human_duration(449ms) == "0.4s");
    CHECK(human_duration(41200ms) == "41.2s");
    CHECK(human_duration(59960ms) == "1m00s");
    CHECK(human_duration(252s) == "4m12s");
    CHECK(human_duration(3h + 5min + 59s) == "3h05m");
    CHECK(human_duration(51h) == "2d03h");
    CHECK(human_duration(-5s) == "0.0s");
    CHECK(rough_duration(100ms) == "1s");
    CHECK(rough_duration(40s) == "40s");
    CHECK(rough_duration(24min + 10s) == "24m");
}

TEST_CASE("the status line counts what ended, runs and waits") {
    Status status;
    status.nodes = 12;
    status.nodes_ready = 3;
    CHECK(status_text(status, false) == "connecting: 3 of 12 nodes ready");
    status.nodes_down = 9;
    CHECK(status_text(status, false) == "[0] 0 running, 9 nodes down");
    status.nodes_down = 1;
    status.running = 1;
    CHECK(status_text(status, false) == "[0] 1 running, 8 nodes connecting, 1 node down");
    status.nodes_down = 0;
    status.nodes_ready = 12;
    status.counts.succeeded = 11;
    status.counts.failed = 1;
    status.running = 8;
    status.queued = 180;
    CHECK(status_text(status, false) == "[12/200] 8 running, 1 failed, 180 queued");
    status.per_second = 0.13;
    CHECK(status_text(status, false) ==
          "[12/200] 8 running, 1 failed, 180 queued  7.8 jobs/min  about 24m left");
    status.per_second = 6.1;
    status.queued.reset();
    CHECK(status_text(status, true) == "[12] 8 running, \x1B[31m1 failed\x1B[0m  6.1 jobs/s");
    status.is_stopping = true;
    CHECK(status_text(status, false) == "[12] 8 running, stopping");
}

TEST_CASE("a daemon without jobs says that it waits") {
    Status status;
    status.nodes = 1;
    status.nodes_ready = 1;
    status.counts.succeeded = 11;
    status.queued = 0;
    status.is_daemon = true;
    status.per_second = 3;
    CHECK(status_text(status, false) == "[11] waiting for jobs");
    status.counts.failed = 1;
    CHECK(status_text(status, false) == "[12] waiting for jobs, 1 failed");
    status.nodes = 2;
    status.nodes_down = 1;
    CHECK(status_text(status, false) == "[12] waiting for jobs, 1 failed, 1 node down");
    status.nodes_down = 0;
    status.is_stopping = true;
    CHECK(status_text(status, false) == "[12] 0 running, stopping");
    status.is_stopping = false;
    status.running = 1;
    CHECK(status_text(status, false) ==
          "[12/13] 1 running, 1 failed, 0 queued, 1 node connecting  3.0 jobs/s");
}

TEST_CASE("the pace follows the last attempts") {
    Pace pace;
    pace.attempt_started(at(0));
    CHECK(pace.per_second(at(10)) == 0);
    for (int i = 1; i <= 10; ++i)
        pace.attempt_ended(at(i));
    CHECK(pace.per_second(at(10)) == doctest::Approx(1.0));
    for (int i = 1; i <= 200; ++i)
        pace.attempt_ended(at(10 + i * 0.1));
    CHECK(pace.per_second(at(30)) == doctest::Approx(10.0));
}

TEST_CASE("the status line is erased before text and drawn at most ten times a second") {
    const model::Fleet fleet = fleet_of({"n"});
    std::string transcript;
    TextSink out;
    TextSink err;
    out.transcript = &transcript;
    err.transcript = &transcript;
    PlainOptions options = status_terminal(40);
    options.start = at(0);
    options.remaining = [] { return std::size_t{5}; };
    const auto reader = make_plain(fleet, options, out, err);
    reader->read(model::NodeUp{{0}}, at(0));
    reader->read(started(1, 0, "c"), at(0));
    reader->read(began(1), at(0));
    transcript.clear();
    err.pieces.clear();
    reader->tick(at(0.1));
    CHECK(transcript == "\r\x1B[K[0/6] 1 running, 5 queued");
    transcript.clear();
    reader->tick(at(0.3));
    CHECK(transcript.empty());

    reader->read(wrote(1, "text\n"), at(0.3));
    CHECK(transcript == "\r\x1B[K[n] text\n");
    transcript.clear();
    err.pieces.clear();
    for (int i = 0; i < 1000; ++i) {
        const Time now = at(1 + i * 0.001);
        reader->read(wrote(1, "x\n", model::Stream::err), now);
        reader->tick(now);
    }
    std::size_t drawn = 0;
    for (const std::string& piece : err.pieces) {
        if (piece.find("running") != std::string::npos) ++drawn;
    }
    CHECK(drawn == 10);

    reader->read(ended(1), at(3));
    reader->tick(at(3));
    transcript.clear();
    reader->read(model::RunEnded{}, at(3));
    CHECK(transcript == "\r\x1B[Kfinished in 3.0s: 1 ok; 5 left in queue.yaml\n");
    transcript.clear();
    reader->tick(at(4));
    CHECK(transcript.empty());
}

TEST_CASE("the status line makes room for text that goes through a pipe, to tee perhaps") {
    PlainOptions options = status_terminal(40);
    options.screen.out_is_terminal = false;
    options.screen.out_is_pipe = true;
    View view({"n"}, options);
    view(started(1, 0, "c"));
    view.reader->tick(at(1));
    view.transcript.clear();
    view(wrote(1, "text\n"), 1.5);
    CHECK(view.transcript == "\r\x1B[K[n] text\n");
    view.transcript.clear();
    view.reader->tick(at(1.6));
    CHECK(view.transcript.empty());
    view.reader->tick(at(1.7));
    CHECK(view.transcript == "\r\x1B[K[0] 1 running, 1 node connecting");
}

TEST_CASE("in broadcast the status line counts attempts, and the summary jobs") {
    const model::Fleet fleet = fleet_of({"a", "b", "c"});
    TextSink out;
    TextSink err;
    PlainOptions options;
    options.start = at(0);
    options.screen.err_is_terminal = true;
    options.screen.status_line = true;
    options.screen.width = 80;
    options.remaining = [] { return std::size_t{2}; };
    options.attempts_a_job = 3;
    const auto reader = make_plain(fleet, options, out, err);
    reader->read(started(1, 0, "c"), at(0));
    reader->tick(at(1));
    CHECK(err.text.ends_with("[0/7] 1 running, 6 queued, 3 nodes connecting"));
    reader->read(ended(1), at(1));
    reader->read(model::RunEnded{}, at(1));
    CHECK(err.text.ends_with("finished in 1.0s: 1 ok; 2 left in queue.yaml\n"));
}

TEST_CASE("off the terminal there is no status line, and piped stdout leaves it alone") {
    const model::Fleet fleet = fleet_of({"n"});
    TextSink out;
    TextSink err;
    PlainOptions options;
    options.screen.status_line = true;
    const auto plain = make_plain(fleet, options, out, err);
    plain->tick(at(1));
    CHECK(err.text.empty());

    options.screen.err_is_terminal = true;
    options.screen.width = 80;
    const auto reader = make_plain(fleet, options, out, err);
    reader->read(started(1, 0, "c"), at(0));
    reader->read(began(1), at(0));
    reader->tick(at(1));
    err.text.clear();
    reader->read(wrote(1, "data\n"), at(2));
    CHECK(out.text == "[n] data\n");
    CHECK(err.text.empty());
}

TEST_CASE("the status line is cut to the terminal") {
    const model::Fleet fleet = fleet_of({"n"});
    TextSink out;
    TextSink err;
    PlainOptions options = status_terminal(12);
    const auto reader = make_plain(fleet, options, out, err);
    reader->read(model::NodeUp{{0}}, at(0));
    reader->tick(at(1));
    CHECK(err.text == "\r\x1B[K[0] 0 runni");
}
