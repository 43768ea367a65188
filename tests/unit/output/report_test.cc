// SPDX-License-Identifier: MIT
//
// What is not shown before it is recorded, and what is told of a run's failures at its end.
#include "fixture.h"

#include <string>

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;

TEST_CASE("ends of jobs, and they alone, are written as reports") {
    View view({"n"});
    view(started(1, 0, "c"));
    view(wrote(1, "text\n"));
    CHECK(view.err.reports.empty());
    view(ended(1));
    CHECK(view.err.reports == "[n] ok       job 1 in 0.0s\n");
    view(model::JobTooBig{{}, "9 slots"});
    view(model::JobLost{"c", "n", "killed"});
    view(model::RunEnded{});
    CHECK(view.err.reports.find("NOT RUN") != std::string::npos);
    CHECK(view.err.reports.find("LOST") != std::string::npos);
    CHECK(view.err.reports.find("finished in ") != std::string::npos);
    CHECK(view.out.reports.empty());
    view.reader->flush();
    CHECK(view.out.flushes == 1);
    CHECK(view.err.flushes == 1);
}

TEST_CASE("the objects of --json that tell of ends are reports") {
    const model::Fleet fleet = fleet_of({"n"});
    TextSink out;
    const auto reader = make_json(fleet, JsonOptions{}, out);
    reader->read(started(1, 0, "c"), at(0));
    reader->read(wrote(1, "x"), at(0));
    CHECK(out.reports.empty());
    for (const model::Event& event :
         {model::Event(ended(1)), model::Event(model::JobTooBig{{}, "9 slots"}),
          model::Event(model::JobLost{"c", "", "killed"}), model::Event(model::RunEnded{})}) {
        out.reports.clear();
        reader->read(event, at(0));
        CHECK(!out.reports.empty());
    }
    reader->flush();
    CHECK(out.flushes == 1);
}

TEST_CASE("the closing report shows the last lines of each failed job") {
    View view({"n"});
    view(started(1, 0, "seq 14; exit 3"));
    std::string lines;
    for (int i = 1; i <= 14; ++i)
        lines += std::to_string(i) + "\n";
    view(wrote(1, lines));
    view(wrote(1, "to\x1B[2J stderr\n", model::Stream::err));
    view(ended(1, model::Exited{3}), 1);
    view(started(2, 0, "quiet failure"));
    view(ended(2, model::Exited{1}), 1);
    view(started(3, 0, "stopped"));
    view(wrote(3, "not of interest\n"));
    view(ended(3, model::Cancelled{}), 1);
    view.err.text.clear();
    view(model::RunEnded{}, 1);
    CHECK(view.err.text ==
          "job 1 on n, exit 3: seq 14; exit 3\n"
          "  | 6\n  | 7\n  | 8\n  | 9\n  | 10\n  | 11\n  | 12\n  | 13\n  | 14\n"
          "  ! to stderr\n"
          "  (last 10 of 15 lines)\n"
          "finished in 1.0s: 2 failed, 1 cancelled\n"
          "  JOB  NODE  WHY        COMMAND\n"
          "  1    n     exit 3     seq 14; exit 3\n"
          "  2    n     exit 1     quiet failure\n"
          "  3    n     cancelled  stopped\n");
}

TEST_CASE("the last lines are shown although -p discards the output") {
    PlainOptions options;
    options.print_period = 0;
    const View view({"n"}, options);
    view(started(1, 0, "c"));
    view(wrote(1, "the reason\n"));
    view(ended(1, model::Exited{1}));
    CHECK(view.out.text.empty());
    view(model::RunEnded{});
    CHECK(view.err.text.find("  | the reason\n") != std::string::npos);
}

TEST_CASE("a job that an earlier run lost is told, listed and counted") {
    View view({"n"});
    view(model::JobLost{"python a.py", "node-3", "remuda was killed\nwhile it ran", std::nullopt,
                        12});
    view(model::RunEnded{}, 1);
    CHECK(view.err.text ==
          "LOST job 12 of an earlier run on node-3: remuda was killed while it ran (python a.py)\n"
          "finished in 1.0s: 1 lost\n"
          "  JOB  NODE    WHY                                   COMMAND\n"
          "  12   node-3  lost: remuda was killed while it ran  python a.py\n");
}

TEST_CASE("a broadcast ends with what became of each command on each node") {
    PlainOptions options;
    options.is_broadcast = true;
    const View view({"a", "b"}, options);
    model::Job job;
    job.id = {1};
    job.command = "c";
    view(model::JobTaken{job});
    view(model::AttemptStarted{{1}, {1}, {0}, {0}, "c"});
    view(model::AttemptStarted{{2}, {1}, {1}, {0}, "c"});
    view(ended(1));
    view(ended(2, model::Exited{1}));
    view(model::RunEnded{});
    CHECK(
        view.err.text.ends_with("  1    b     exit 1  c\n"
                                "  NODE  1\n"
                                "  a     ok\n"
                                "  b     exit 1\n"
                                "  1: c\n"));
}

TEST_CASE("nodes that join and leave are told") {
    View view({"a"});
    view.fleet = fleet_of({"a", "b"});
    view(model::NodeAdded{{1}, {1}, 1});
    view(model::NodeUp{{1}});
    view(started(1, 1, "c"));
    view(model::NodeRetired{{1}});
    CHECK(view.err.text ==
          "b: joins (hosts.yaml:2)\n"
          "[b] started  job 1: c\n"
          "b: leaves; what runs there finishes, and nothing further starts\n");
}

TEST_CASE("while the program is suspended there is no status line, and then it is back") {
    PlainOptions options = status_terminal(40);
    View view({"n"}, options);
    view(started(1, 0, "c"));
    view.reader->tick(at(0.1));
    view.err.text.clear();
    view.reader->suspend(true);
    CHECK(view.err.text == "\r\x1B[K");
    view.err.text.clear();
    view.reader->tick(at(1));
    CHECK(view.err.text.empty());
    view.reader->suspend(false);
    view.reader->tick(at(1));
    CHECK(view.err.text == "\r\x1B[K[0] 1 running, 1 node connecting");
}
