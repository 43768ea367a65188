// SPDX-License-Identifier: MIT
//
// A run that goes on until it is told to stop, and nodes that join and leave meanwhile.
#include "story.h"

#include <doctest/doctest.h>

using remuda::engine::Fit;
using remuda::engine::Settings;
using remuda::test::Story;

namespace {

class Endless : public Story {
  public:
    explicit Endless(const std::vector<NodeSpec>& nodes,
                     Settings::Mode mode = Settings::Mode::queue, bool stop_on_failure = false)
        : Story(nodes, stop_on_failure, mode, true) {}
};

}  // namespace

TEST_CASE("an endless run waits at an empty queue, and takes what comes") {
    Endless run({{0}});
    CHECK(run.begin().empty());
    CHECK(run.up(0) == "take");
    CHECK(run.empty().empty());
    CHECK_FALSE(run.engine().is_finished());
    CHECK(run.changed() == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.exits(1) == "take");
    CHECK(run.empty().empty());
    CHECK(run.stop(1) == "finish");
}

TEST_CASE("an endless run outlives all of its nodes, and goes on when one comes back") {
    Endless run({{0}, {1}});
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.down(1).empty());
    CHECK(run.down(0).empty());
    CHECK(run.lost(1).empty());
    CHECK_FALSE(run.engine().is_finished());
    CHECK_FALSE(run.engine().wants_jobs());
    CHECK(run.up(1) == "take");
    CHECK(run.job() == "start #2 job 2 on 1 [0]");
}

TEST_CASE("an endless run still ends at the first failure if that was asked for") {
    Endless run({{0}}, Settings::Mode::queue, true);
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.exits(1, 1) == "finish");
}

TEST_CASE("in an endless run a node that is down may yet come back for a large job") {
    Endless run({{0, 1}, {1, 8}});
    (void)run.begin();
    CHECK(run.down(1).empty());
    CHECK(run.up(0) == "take");
    CHECK(run.fit({8}) == Fit::later);
    CHECK(run.fit({9}) == Fit::never);
    CHECK(run.head_waits().empty());
    CHECK(run.up(1) == "take");
    CHECK(run.fit({8}) == Fit::now);
    CHECK(run.retired(1).empty());
    CHECK(run.fit({8}) == Fit::never);
}

TEST_CASE("a node that joins gets jobs once it is up") {
    Story run({{0}});
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.added({1, 4}).empty());
    CHECK(run.fit({4}) == Fit::later);
    CHECK(run.up(1) == "take");
    CHECK(run.fit({4}) == Fit::now);
    CHECK(run.job({4}) == "start #2 job 2 on 1 [0, 1, 2, 3]");
}

TEST_CASE("a fleet without a node that is up takes jobs when the first one joins") {
    Endless run({});
    CHECK(run.begin().empty());
    CHECK(run.added({0}).empty());
    CHECK(run.up(0) == "take");
}

TEST_CASE("a node that leaves finishes what it runs and gets nothing more") {
    Story run({{0, 2}, {1}});
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]; take");
    CHECK(run.retired(0).empty());
    CHECK(run.job() == "");
    CHECK(run.up(1) == "start #2 job 2 on 1 [0]");
    CHECK(run.exits(1).empty());
    CHECK(run.fit({2}) == Fit::never);
    CHECK(run.exits(2) == "take");
    // The connection of a node that has left may break, or only now come to be.
    CHECK(run.down(0).empty());
    CHECK(run.up(0).empty());
    CHECK(run.fit({2}) == Fit::never);
}

TEST_CASE("a job that was taken for a node that leaves goes back, to be heard of as too big") {
    Story run({{0, 4}, {1}});
    (void)run.begin();
    CHECK(run.up(1) == "take");
    CHECK(run.up(0).empty());
    CHECK(run.retired(0).empty());
    CHECK(run.job({4}) == "put back job 1; take");
    CHECK(run.fit({4}) == Fit::never);
}

TEST_CASE("when the last node leaves, a run that is not endless ends with what it runs") {
    Story run({{0}});
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.retired(0).empty());
    CHECK(run.exits(1) == "finish");
}

TEST_CASE("a broadcast includes a node that joined from the next job on") {
    Endless run({{0}}, Settings::Mode::broadcast);
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.added({1}).empty());
    CHECK(run.exits(1) == "take");
    CHECK(run.job() == "start #2 job 2 on 0 [0]");
    CHECK(run.up(1) == "start #3 job 2 on 1 [0]");
    CHECK(run.retired(0).empty());
    CHECK(run.exits(2).empty());
    CHECK(run.exits(3) == "take");
    CHECK(run.job() == "start #4 job 3 on 1 [0]");
    CHECK(run.exits(4) == "take");
    CHECK(run.empty().empty());
    CHECK(run.changed() == "take");
}
