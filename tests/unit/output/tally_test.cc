// SPDX-License-Identifier: MIT
#include "fixture.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;

namespace {

int exit_code_of(const std::vector<model::Event>& events) {
    Tally tally;
    for (const model::Event& event : events)
        tally.read(event, at(0));
    return tally.exit_code();
}

}  // namespace

TEST_CASE("the exit code tells the worst that happened") {
    const model::Event down = model::NodeDown{{1}, "refused"};
    const model::Event run = started(1, 0, "c");
    const model::Event run_on_down_node = started(2, 1, "c");
    CHECK(exit_code_of({}) == 0);
    CHECK(exit_code_of({run, ended(1)}) == 0);
    CHECK(exit_code_of({run, ended(1, model::Exited{7})}) == 1);
    CHECK(exit_code_of({run, ended(1, model::Lost{"reset"})}) == 1);
    CHECK(exit_code_of({run, ended(1, model::Cancelled{})}) == 1);
    CHECK(exit_code_of({run, ended(1, model::NeverStarted{"no variable"})}) == 1);
    CHECK(exit_code_of({down, run, ended(1)}) == 3);
    CHECK(exit_code_of({down, run_on_down_node, ended(2, model::NeverStarted{"node down"})}) == 3);
    CHECK(exit_code_of({down, run, ended(1, model::Exited{1})}) == 1);
    CHECK(exit_code_of({model::JobTooBig{{}, "9 slots"}}) == 1);
    CHECK(exit_code_of({model::JobLost{"c", "n", "killed"}}) == 1);
    CHECK(exit_code_of({model::QueueFailed{"gone"}}) == 2);
    CHECK(exit_code_of({model::StopAsked{1}, run, ended(1, model::Exited{1})}) == 130);
}

TEST_CASE("a refused attempt is no outcome") {
    CHECK(exit_code_of({started(1, 0, "c"), model::AttemptRefused{{1}, "MaxSessions"},
                        started(2, 0, "c"), ended(2)}) == 0);
}

TEST_CASE("a node that falls twice is one node") {
    Tally tally;
    tally.read(model::NodeDown{{1}, "a"}, at(0));
    tally.read(model::NodeUp{{1}}, at(1));
    tally.read(model::NodeDown{{1}, "b"}, at(2));
    CHECK(tally.counts().nodes_down == 1);
}
