// SPDX-License-Identifier: MIT
#include "fixture.h"
#include "output/json_writer.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;

namespace {

struct JsonView {
    explicit JsonView(model::Fleet of) : fleet(std::move(of)) {
        reader = make_json(fleet, {at(100), "2026-11-22T03:46:52.123Z", "queue", "0.1.0"}, out);
    }
    void operator()(const model::Event& event, double seconds) {
        out.text.clear();
        reader->read(event, at(100 + seconds));
    }
    model::Fleet fleet;
    TextSink out;
    std::unique_ptr<Reader> reader;
};

std::string json_string(std::string_view text) {
    std::string result;
    append_json_string(result, text);
    return result;
}

}  // namespace

TEST_CASE("strings are escaped so that they are one safe line") {
    CHECK(json_string("a\"b\\c\n\r\t") == R"("a\"b\\c\n\r\t")");
    CHECK(json_string(std::string("\0\x1B\x7F", 3)) == R"("\u0000\u001b\u007f")");
    CHECK(json_string("\u0085\u2028é😀") == "\"\\u0085\\u2028é😀\"");
    CHECK(json_string("a\xFF\xE2\x82z") == "\"a\uFFFD\uFFFDz\"");
}

TEST_CASE("a run is told as one object a line") {
    model::Fleet fleet = fleet_of({"node-1"});
    fleet.nodes[0].parameters = {{"gpu", "0"}};
    JsonView view(fleet);
    CHECK(
        view.out.text ==
        R"({"v":1,"seq":0,"ts":0.000,"type":"run_started","started_at":"2026-11-22T03:46:52.123Z",)"
        R"("mode":"queue","version":"0.1.0","nodes":[{"node":"node-1","hostname":"node-1",)"
        R"("parameters":{"gpu":"0"},"slots":1,"place":"hosts.yaml:1"}]})"
        "\n");
    view(model::NodeUp{{0}}, 0.25);
    CHECK(view.out.text == R"({"v":1,"seq":1,"ts":0.250,"type":"node_up","node":"node-1"})"
                           "\n");
    model::Job job;
    job.id = {1};
    job.command = "echo {{ x }}";
    job.parameters = {{"x", "1"}};
    job.place = {"queue.yaml", 3, 5};
    view(model::JobTaken{job}, 0.25);
    CHECK(view.out.text ==
          R"({"v":1,"seq":2,"ts":0.250,"type":"job_taken","job":1,"command":"echo {{ x }}",)"
          R"("parameters":{"x":"1"},"slots":1,"place":"queue.yaml:3"})"
          "\n");
    view(started(1, 0, "echo 1"), 0.375);
    CHECK(view.out.text ==
          R"({"v":1,"seq":3,"ts":0.375,"type":"job_sent","attempt":1,"job":1,"node":"node-1",)"
          R"("slots":[0],"command":"echo 1","try":1})"
          "\n");
    view(began(1), 0.5);
    CHECK(view.out.text ==
          R"({"v":1,"seq":4,"ts":0.500,"type":"job_started","attempt":1,"job":1,"node":"node-1",)"
          R"("slots":[0],"command":"echo 1","try":1})"
          "\n");
    view(wrote(1, "1\n"), 0.6);
    CHECK(view.out.text ==
          R"({"v":1,"seq":5,"ts":0.600,"type":"output","attempt":1,"job":1,"node":"node-1",)"
          R"("stream":"stdout","text":"1\n"})"
          "\n");
    view(ended(1, model::Exited{3}), 0.75);
    CHECK(view.out.text ==
          R"({"v":1,"seq":6,"ts":0.750,"type":"job_ended","attempt":1,"job":1,"node":"node-1",)"
          R"("outcome":"exited","code":3,"seconds":0.250})"
          "\n");
    view(model::QueueEmpty{}, 0.75);
    CHECK(view.out.text.empty());
    view(model::RunEnded{}, 1);
    CHECK(view.out.text ==
          R"({"v":1,"seq":7,"ts":1.000,"type":"run_ended","succeeded":0,"failed":1,"cancelled":0,)"
          R"("never_started":0,"lost":0,"left_running":0,"retried":0,"nodes_down":0,"exit_code":1})"
          "\n");
}

TEST_CASE("a character cut between chunks stays whole, and what never became one is replaced") {
    JsonView view(fleet_of({"n"}));
    view(started(1, 0, "c"), 0);
    view(wrote(1, "a\xE2\x82"), 0);
    CHECK(view.out.text.find(R"("text":"a"})") != std::string::npos);
    view(wrote(1, "\xAC\xF0\x9F"), 0);
    CHECK(view.out.text.find(R"("text":"€"})") != std::string::npos);
    view(wrote(1, "x", model::Stream::err), 0);
    CHECK(view.out.text.find(R"("stream":"stderr","text":"x"})") != std::string::npos);
    view(ended(1, model::Lost{"reset"}), 2);
    CHECK(view.out.text.find("\"text\":\"\uFFFD\"}\n") != std::string::npos);
    CHECK(view.out.text.find(R"("outcome":"lost","reason":"reset","seconds":2.000})") !=
          std::string::npos);
}

TEST_CASE("a job is told as started when it has begun, or shows that it has") {
    JsonView view(fleet_of({"n"}));
    view(started(1, 0, "c"), 0);
    view(wrote(1, "x"), 1);
    CHECK(view.out.text.find(R"("type":"job_started")") < view.out.text.find(R"("type":"output")"));
    view(began(1), 1);
    CHECK(view.out.text.empty());
    view(started(2, 0, "c"), 1);
    view(ended(2), 2);
    CHECK(view.out.text.find(R"("type":"job_started")") != std::string::npos);
    for (const model::Outcome& outcome :
         {model::Outcome(model::Lost{"silent"}), model::Outcome(model::NeverStarted{"full"})}) {
        view(started(3, 0, "c"), 2);
        view(ended(3, outcome), 3);
        CHECK(view.out.text.find(R"("type":"job_started")") == std::string::npos);
    }
}

TEST_CASE("a note is an object too") {
    JsonView view(fleet_of({"n"}));
    view.out.text.clear();
    view.reader->note("the queue is locked");
    CHECK(view.out.text ==
          R"({"v":1,"seq":1,"ts":0.000,"type":"note","text":"the queue is locked"})"
          "\n");
}

TEST_CASE("nodes that join and leave, and jobs that an earlier run lost, are objects") {
    JsonView view(fleet_of({"a"}));
    view.fleet = fleet_of({"a", "b"});
    view.fleet.nodes[1].parameters = {{"gpu", "0"}};
    view(model::NodeAdded{{1}, {1}, 1}, 1);
    CHECK(view.out.text ==
          R"({"v":1,"seq":1,"ts":1.000,"type":"node_added","node":"b","hostname":"b",)"
          R"("parameters":{"gpu":"0"},"slots":1,"place":"hosts.yaml:2"})"
          "\n");
    view(model::NodeRetired{{1}}, 2);
    CHECK(view.out.text == R"({"v":1,"seq":2,"ts":2.000,"type":"node_retired","node":"b"})"
                           "\n");
    view(model::JobLost{"python a.py", "c", "killed"}, 3);
    CHECK(view.out.text ==
          R"({"v":1,"seq":3,"ts":3.000,"type":"job_lost","command":"python a.py","node":"c",)"
          R"("reason":"killed"})"
          "\n");
    view(model::JobLost{"python a.py", "", "killed"}, 3);
    CHECK(view.out.text.find("\"node\"") == std::string::npos);
    view(model::RunEnded{}, 4);
    CHECK(view.out.text.find(
              R"("lost":2,"left_running":0,"retried":0,"nodes_down":0,"exit_code":1})") !=
          std::string::npos);
}

TEST_CASE("of what an earlier run started the time is what its host has measured") {
    JsonView view(fleet_of({"n"}));
    model::AttemptStarted resumed = started(1, 0, "c");
    resumed.is_resumed = true;
    view(resumed, 0);
    model::AttemptEnded done = ended(1);
    done.usage = model::Usage{std::chrono::seconds(7200), {}, {}, 2048};
    view(done, 1);
    CHECK(view.out.text.find(R"("seconds":7200.000)") != std::string::npos);
}

TEST_CASE("a further try, what dropped it, rests, halts and usage are told") {
    JsonView view(fleet_of({"n"}));
    view(started(1, 0, "c"), 0);
    model::AttemptEnded failed = ended(1, model::Exited{3});
    failed.next_try = model::NextTry{2, 3, std::chrono::milliseconds(1500)};
    failed.usage = model::Usage{std::chrono::seconds(2), std::chrono::seconds(1),
                                std::chrono::milliseconds(500), 2048};
    view(failed, 1);
    CHECK(view.out.text.find(R"("code":3,"seconds":2.000,"usage":{"wall":2.000,"user":1.000,)"
                             R"("system":0.500,"memory":2097152},"next_try":2,"tries":3,)"
                             R"("delay":1.500})") != std::string::npos);
    view(model::RetryDropped{{1}, {1}, {0}, model::Lost{"cut"}, "the run is to stop"}, 1);
    CHECK(view.out.text.find(R"("type":"retry_dropped","attempt":1,"job":1,"node":"n",)"
                             R"("outcome":"lost","reason":"cut","why":"the run is to stop"})") !=
          std::string::npos);
    view(model::NodeRested{{0}, "it fails", std::chrono::seconds(60)}, 1);
    CHECK(view.out.text.find(
              R"("type":"node_rested","node":"n","reason":"it fails","seconds":60.000})") !=
          std::string::npos);
    view(model::RunHalted{"3 jobs have failed", false, true}, 1);
    CHECK(
        view.out.text.find(R"("type":"run_halted","reason":"3 jobs have failed","mode":"now"})") !=
        std::string::npos);
    view(model::RunEnded{}, 1);
    CHECK(view.out.text.find(R"("lost":1,)") != std::string::npos);
}
