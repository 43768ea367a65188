// SPDX-License-Identifier: MIT
#include "fixture.h"

#include <string>

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;

TEST_CASE("a run off the terminal is told in plain lines") {
    View view({"node-1", "node-2"});
    view(model::NodeUp{{0}});
    view(model::NodeDown{{1}, "connection refused"}, 0.1);
    view(started(1, 0, "python train.py --bs 8"), 0.1);
    view(wrote(1, "epoch 1\nepo"), 1);
    view(wrote(1, "a warning\n", model::Stream::err), 1.5);
    view(wrote(1, "ch 2"), 2);
    view(ended(1), 41.3);
    view(started(2, 0, "false"), 41.3);
    view(ended(2, model::Exited{1}), 43.3);
    view(model::RunEnded{}, 43.4);
    CHECK(view.transcript ==
          "[node-1] started  job 1: python train.py --bs 8\n"
          "[node-1] epoch 1\n"
          "[node-1]! a warning\n"
          "[node-1] epoch 2\n"
          "[node-1] ok       job 1 in 41.2s\n"
          "[node-1] started  job 2: false\n"
          "[node-1] FAILED   job 2 exit 1 after 2.0s\n"
          "finished in 43.4s: 1 ok, 1 failed, 1 node down\n"
          "  JOB  NODE    WHY     COMMAND\n"
          "  2    node-1  exit 1  false\n"
          "  node-2 down, never used: connection refused (hosts.yaml:2)\n");
    CHECK(view.out.text == "[node-1] epoch 1\n[node-1] epoch 2\n");
}

TEST_CASE("each way to end has its word") {
    View view({"n"});
    const std::vector<std::pair<model::Outcome, std::string>> cases = {
        {model::Exited{0}, "[n] ok       job 1 in 1.0s\n"},
        {model::Exited{3}, "[n] FAILED   job 1 exit 3 after 1.0s\n"},
        {model::Signalled{"KILL"}, "[n] FAILED   job 1 killed by SIGKILL after 1.0s\n"},
        {model::TimedOut{}, "[n] FAILED   job 1 timed out after 1.0s\n"},
        {model::Cancelled{}, "[n] ended    job 1 cancelled after 1.0s\n"},
        {model::NeverStarted{"no such variable"}, "[n] NOT RUN  job 1: no such variable\n"},
        {model::Lost{"connection reset"}, "[n] LOST     job 1 after 1.0s: connection reset\n"},
    };
    for (const auto& [outcome, text] : cases) {
        view(started(1, 0, "x"), 0);
        view.transcript.clear();
        view(ended(1, outcome), 1);
        CHECK(view.transcript == text);
    }
    view(started(1, 0, "x"), 0);
    view.transcript.clear();
    view(model::AttemptRefused{{1}, "channel refused"}, 1);
    CHECK(view.transcript == "[n] refused  job 1: channel refused\n");
}

TEST_CASE("lines are wrapped to the terminal with the prefix on each piece") {
    View view({"node-1"}, terminal(40));
    view(started(1, 0, "python train.py --with many --options here"));
    view(wrote(1, "0123456789012345678901234567890123456789\n"));
    view(wrote(1, "日本語日本語日本語日本語日本語日本語\n", model::Stream::err));
    view(wrote(1, "a\tb\n"));
    CHECK(view.transcript ==
          "[node-1] started  job 1: python …ns here\n"
          "[node-1] 0123456789012345678901234567890\n"
          "[node-1] 123456789\n"
          "[node-1]! 日本語日本語日本語日本語日本語\n"
          "[node-1]! 日本語\n"
          "[node-1] a       b\n");
}

TEST_CASE("at 80 columns and off the terminal long lines stand whole") {
    const std::string line(70, 'x');
    View wide({"node-1"}, terminal(80));
    wide(started(1, 0, "c"));
    wide(wrote(1, line + "\n"));
    CHECK(wide.out.text == "[node-1] " + line + "\n");

    const std::string longer(5000, 'y');
    View none({"node-1"});
    none(started(1, 0, "c"));
    none(wrote(1, longer + "\ta\n"));
    CHECK(none.out.text == "[node-1] " + longer + "\ta\n");
}

TEST_CASE("a resized window is honoured") {
    std::size_t width = 80;
    PlainOptions options = terminal(80);
    options.width_now = [&] { return width; };
    View view({"n"}, options);
    view(started(1, 0, "c"));
    view.transcript.clear();
    width = 20;
    view(wrote(1, std::string(20, 'x') + "\n"));
    CHECK(view.transcript == "[n] xxxxxxxxxxxxxxxx\n[n] xxxx\n");
}

TEST_CASE("a long label leaves room for text") {
    View view({"gpu-server-with-a-very-long-name.example.org"}, terminal(40));
    view(started(1, 0, "c"));
    view.transcript.clear();
    view(wrote(1, "hello\n"));
    CHECK(view.transcript == "[gpu-serv…ple.org] hello\n");
}

TEST_CASE("nodes have colours of their own, and what a job paints ends with its line") {
    View view({"a", "b"}, terminal(20, true));
    view(started(1, 0, "c"));
    view(started(2, 1, "c"));
    view.transcript.clear();
    view(wrote(1, "\x1B[31mred\n"));
    view(wrote(2, "\x1B[1mbold and long enough\x1B[0m end\n"));
    view(ended(1));
    view(ended(2, model::Exited{1}));
    CHECK(view.transcript ==
          "\x1B[36m[a]\x1B[0m \x1B[31mred\x1B[0m\n"
          "\x1B[35m[b]\x1B[0m \x1B[1mbold and long en\x1B[0m\n"
          "\x1B[35m[b]\x1B[0m \x1B[1mough\x1B[0m end\n"
          "\x1B[36m[a]\x1B[0m \x1B[32mok      \x1B[0m job 1 i\n"
          "\x1B[36m[a]\x1B[0m n 0.0s\n"
          "\x1B[35m[b]\x1B[0m \x1B[31mFAILED  \x1B[0m job 2 e\n"
          "\x1B[35m[b]\x1B[0m xit 1 after 0.0s\n");
}

TEST_CASE("a node cannot write to the terminal but text") {
    View view({"n"}, terminal(80, false));
    view(started(1, 0, "printf '\x1B]0;x\x07'\nsecond line"));
    view(wrote(1, "a\x1B[2Jb\x1B[31mc\x07\xFF\n"));
    view(ended(1, model::Lost{"reset\x1B[2J\nby peer"}));
    CHECK(view.transcript ==
          "[n] started  job 1: printf '' second line\n"
          "[n] abc\uFFFD\n"
          "[n] LOST     job 1 after 0.0s: reset by peer\n");
}

TEST_CASE("quiet shows failures with the end of their output, and the summary") {
    PlainOptions options;
    options.quiet = true;
    View view({"n"}, options);
    view(started(1, 0, "good"));
    view(wrote(1, "unseen\n"));
    view(ended(1), 1);
    view(started(2, 0, "bad"), 1);
    std::string output;
    for (int i = 1; i <= 60; ++i)
        output += "line " + std::to_string(i) + "\n";
    view(wrote(2, output), 1);
    view(wrote(2, "why", model::Stream::err), 1);
    view.reader->note("node n is tried again");
    view(ended(2, model::Exited{1}), 2);
    CHECK(view.transcript.find("unseen") == std::string::npos);
    CHECK(view.transcript.find("tried again") == std::string::npos);
    CHECK(view.transcript.find("line 11\n") == std::string::npos);
    CHECK(view.transcript.starts_with("[n] line 52\n"));
    CHECK(
        view.transcript.ends_with("[n] line 60\n[n]! why\n[n] FAILED   job 2 exit 1 after 1.0s\n"));
}

TEST_CASE("quiet tells of output that its host has cut, though the job succeeded") {
    PlainOptions options;
    options.quiet = true;
    View view({"n"}, options);
    view(started(1, 0, "much"));
    model::AttemptEnded cut = ended(1);
    cut.cut = {2048, 0};
    cut.usage = model::Usage{std::chrono::seconds(3)};
    view(cut, 20);
    // As its host has measured, however long we did not hear of it.
    CHECK(view.transcript.find("ok       job 1 in 3.0s") != std::string::npos);
    CHECK(view.transcript.find("2.0 KiB of its output were cut") != std::string::npos);
}

TEST_CASE("a job's name stands for its command") {
    View view({"n"});
    model::Job job;
    job.id = {1};
    job.options.name = "train";
    view(model::JobTaken{job});
    view(started(1, 0, "python train.py"));
    CHECK(view.transcript == "[n] started  job 1: train\n");
}

TEST_CASE("slots are told where a node has several") {
    View view({"n"});
    view.fleet.nodes[0].slots = 8;
    view(model::AttemptStarted{{1}, {1}, {0}, {2, 3}, "c"});
    CHECK(view.transcript == "[n] started  job 1 on slots 2,3: c\n");
}

TEST_CASE("a job is told as started when its host says so, or its output or its end does") {
    const View view({"n"});
    Reader& reader = *view.reader;
    for (const std::uint64_t id : {1U, 2U, 3U, 4U, 5U})
        reader.read(started(id, 0, "c"), at(1));
    CHECK(view.transcript.empty());
    reader.show_standing(at(2));
    CHECK(view.transcript.find("not begun") != std::string::npos);
    const std::size_t before = view.transcript.size();
    reader.read(began(1), at(3));
    reader.read(began(1), at(3));
    CHECK(view.transcript.substr(before) == "[n] started  job 1: c\n");
    reader.read(wrote(2, "hi\n"), at(3));
    CHECK(view.transcript.ends_with("[n] started  job 2: c\n[n] hi\n"));
    reader.read(ended(3, model::Exited{1}), at(3));
    CHECK(view.transcript.find("[n] started  job 3: c\n[n] FAILED") != std::string::npos);
    // It may never have been there.
    reader.read(ended(4, model::Lost{"silent"}), at(3));
    reader.read(model::AttemptRefused{{5}, "busy"}, at(3));
    CHECK(view.transcript.find("started  job 4") == std::string::npos);
    CHECK(view.transcript.find("started  job 5") == std::string::npos);
    // Its time counts from its begin.
    reader.read(ended(1), at(5));
    CHECK(view.transcript.find("job 1 in 2.0s") != std::string::npos);
}

TEST_CASE("a stop is answered at once, with what the next one does") {
    View view({"n"});
    view(started(1, 0, "c"));
    view.transcript.clear();
    view(model::StopAsked{1});
    view(model::StopAsked{2});
    view(model::StopAsked{3});
    CHECK(
        view.transcript ==
        "stopping: no further job starts, 1 is finishing (job 1 on n). Ctrl-C again ends it.\n"
        "ending 1 job: TERM now, KILL after 10s. Ctrl-C again leaves at once.\n"
        "  Over SSH without the shim, a command that the signals do not reach (that of root, say) "
        "may go on running there.\n"
        "leaving at once, without waiting for 1 job\n");
}

TEST_CASE("where a job has a grace of its own, the second stop says so") {
    View view({"n"});
    model::Job job;
    job.id = {1};
    job.options.grace = std::chrono::minutes(2);
    view(model::JobTaken{job});
    view(started(1, 0, "c"));
    view.transcript.clear();
    view(model::StopAsked{2});
    CHECK(view.transcript.starts_with(
        "ending 1 job: TERM now, KILL after 10s or the job's own grace. Ctrl-C again leaves"));
}

TEST_CASE("of what the shim runs a stop is certain, and what outlives us is left by the third") {
    PlainOptions options;
    options.runs_by_shim = [](const model::Host& host) { return host.name == "n"; };
    View view({"n"}, options);
    view(started(1, 0, "c"));
    model::AttemptStarted durable = started(2, 0, "c");
    durable.durable = model::Durable{"key", "boot", "epoch"};
    view(durable);
    view.transcript.clear();
    view(model::StopAsked{2});
    view(model::StopAsked{3});
    CHECK(view.transcript ==
          "ending 2 jobs: TERM now, KILL after 10s. Ctrl-C again leaves at once.\n"
          "leaving at once, without waiting for 1 job; 1 job is left running\n");
}

TEST_CASE("a node that comes back is told once more") {
    View view({"n"});
    view(model::NodeUp{{0}});
    view(model::NodeDown{{0}, "reset"});
    view.reader->tick(at(3));
    view(model::NodeUp{{0}}, 3);
    view(model::RunEnded{}, 4);
    CHECK(view.transcript ==
          "n: down: reset (hosts.yaml:1)\n"
          "n: up again\n"
          "finished in 4.0s: 1 node down\n"
          "  n was down: reset (hosts.yaml:1)\n");
}

TEST_CASE("a job that fits nowhere and a queue that fails are told") {
    View view({"n"});
    model::Job job;
    job.id = {4};
    job.command = "big";
    job.place = {"queue.yaml", 7, 3};
    view(model::JobTooBig{job, "it needs 9 slots, the largest node has 8"});
    view(model::QueueFailed{"queue.yaml: gone\n  help: bring it back"});
    view(model::RunEnded{}, 0.5);
    CHECK(view.transcript ==
          "NOT RUN job 4: it needs 9 slots, the largest node has 8 (queue.yaml:7)\n"
          "error: queue.yaml: gone\n"
          "  help: bring it back\n"
          "stopped in 0.5s: 1 never started\n"
          "  JOB  NODE  WHY                                                      COMMAND\n"
          "  4    -     never started: it needs 9 slots, the largest node has 8  big\n");
}

TEST_CASE("notes say who speaks") {
    View view({"n"});
    view.reader->note("the queue is locked by 'remuda l' (pid 12)");
    CHECK(view.err.text == "remuda: the queue is locked by 'remuda l' (pid 12)\n");
}

TEST_CASE("of what an earlier run started the time is what its host has measured, if any") {
    View view({"n"});
    model::AttemptStarted resumed = started(1, 0, "c");
    resumed.is_resumed = true;
    view(resumed, 0);
    model::AttemptEnded done = ended(1);
    SUBCASE("it ended there") {
        done.usage = model::Usage{std::chrono::seconds(3), {}, {}, 2048};
        view(done, 60);
        CHECK(view.err.text.find("job 1 in 3.0s; cpu") != std::string::npos);
    }
    SUBCASE("it is lost") {
        done.outcome = model::Lost{"it rebooted"};
        view(done, 60);
        CHECK(view.err.text.find("job 1: it rebooted") != std::string::npos);
    }
}
