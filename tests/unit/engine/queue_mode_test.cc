// SPDX-License-Identifier: MIT
#include "story.h"

#include <doctest/doctest.h>

using remuda::engine::Fit;
using remuda::model::AllocationPolicy;
using remuda::test::Story;

TEST_CASE("nothing is taken before a node is up") {
    Story run({{0}, {1}});
    CHECK(run.begin().empty());
    CHECK(run.up(1) == "take");
    CHECK(run.job() == "start #1 job 1 on 1 [0]");
    CHECK(run.up(0) == "take");
}

TEST_CASE("a fleet without nodes is done at once") {
    Story run({});
    CHECK(run.begin() == "finish");
}

TEST_CASE("the run ends when the queue is empty and nothing runs") {
    Story run({{0}, {1}});
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.up(1) == "take");
    CHECK(run.empty().empty());
    CHECK(run.exits(1) == "take");
    CHECK(run.empty() == "finish");
    CHECK(run.engine().is_finished());
}

TEST_CASE("an entry added while the last job runs is taken when it is heard of") {
    Story run({{0, 2}});
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.job() == "start #1 job 1 on 0 [0]; take");
    CHECK(run.empty().empty());
    CHECK(run.changed() == "take");
    CHECK(run.job() == "start #2 job 2 on 0 [1]");
}

TEST_CASE("nodes that are still connecting do not hold the end up") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.empty() == "finish");
}

TEST_CASE("equal load is spread over hosts first, then over the nodes of a host") {
    Story run({{0}, {0}, {1}, {1}, {2, 2}});
    (void)run.begin();
    for (std::size_t node = 0; node < 5; ++node)
        (void)run.up(node);
    CHECK(run.job() == "start #1 job 1 on 0 [0]; take");
    CHECK(run.job() == "start #2 job 2 on 2 [0]; take");
    CHECK(run.job() == "start #3 job 3 on 4 [0]; take");
    CHECK(run.job() == "start #4 job 4 on 1 [0]; take");
    CHECK(run.job() == "start #5 job 5 on 3 [0]; take");
    CHECK(run.job() == "start #6 job 6 on 4 [1]");
    CHECK(run.exits(3) == "take");
    CHECK(run.job() == "start #7 job 7 on 4 [0]");
}

TEST_CASE("a head that does not fit yet holds the queue back until an attempt ends") {
    Story run({{0, 4}});
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.job({3}) == "start #1 job 1 on 0 [0, 1, 2]; take");
    CHECK(run.fit({2}) == Fit::later);
    CHECK(run.fit({1}) == Fit::now);
    CHECK(run.head_waits().empty());
    CHECK(run.exits(1) == "take");
    CHECK(run.fit({2}) == Fit::now);
}

TEST_CASE("a head that waits is asked for again when a node comes up") {
    Story run({{0, 1}, {1, 4}});
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.fit({4}) == Fit::later);
    CHECK(run.head_waits().empty());
    CHECK(run.up(1) == "take");
    CHECK(run.fit({4}) == Fit::now);
}

TEST_CASE("a job fits never when no node that is up or coming is big enough") {
    Story run({{0, 2}, {1, 8}});
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.fit({9}) == Fit::never);
    CHECK(run.fit({8}) == Fit::later);
    CHECK(run.fit({3, AllocationPolicy::buddy}) == Fit::never);
    CHECK(run.fit({0}) == Fit::never);
    CHECK(run.head_waits().empty());
    SUBCASE("the big one goes down: the waiting head is asked for again, to be told so") {
        CHECK(run.down(1) == "take");
        CHECK(run.fit({8}) == Fit::never);
        CHECK(run.too_big({8}) == "take");
    }
}

TEST_CASE("a job too big does not block those behind it") {
    Story run({{0}});
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.too_big({2}) == "take");
    CHECK(run.job() == "start #1 job 2 on 0 [0]");
}

TEST_CASE("a refused attempt is started on another node, even while a job is being taken") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.up(1) == "take");
    CHECK(run.refused(1) == "start #2 job 1 on 1 [0]");
    CHECK(run.job() == "start #3 job 2 on 0 [0]");
}

TEST_CASE("a refused job comes before any new one") {
    Story run({{0}, {1}});
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.up(1) == "take");
    CHECK(run.head_waits() == "");
    CHECK(run.refused(1) == "start #2 job 1 on 1 [0]; take");
}

TEST_CASE("a refused job waits for another node that is up instead of trying the same again") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.up(1);
    CHECK(run.job() == "start #2 job 2 on 1 [0]");
    CHECK(run.refused(1) == "");
    CHECK(run.exits(2) == "start #3 job 1 on 1 [0]; take");
}

TEST_CASE("after three refusals a job is given up with the reason") {
    Story run({{0}});
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.refused(1) == "start #2 job 1 on 0 [0]");
    CHECK(run.refused(2) == "start #3 job 1 on 0 [0]");
    CHECK(run.refused(3) == "skip #4 job 1 on 0: refused; take");
    CHECK(run.empty() == "");
    CHECK(run.skipped(4) == "take");
    CHECK(run.empty() == "finish");
}

TEST_CASE("refused jobs keep the order in which they were taken") {
    Story run({{0}, {1}, {2}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.up(1);
    (void)run.job();
    CHECK(run.down(0) == "");
    CHECK(run.down(1) == "");
    CHECK(run.refused(2) == "");
    CHECK(run.refused(1) == "");
    CHECK(run.up(2) == "start #3 job 1 on 2 [0]");
    CHECK(run.exits(3) == "start #4 job 2 on 2 [0]");
    CHECK(run.exits(4) == "take");
}

TEST_CASE("when no node is left the pending jobs go back, the most recent first") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.up(1);
    (void)run.job();
    CHECK(run.down(0) == "");
    CHECK(run.refused(1) == "");
    CHECK(run.down(1) == "put back job 1");
    CHECK(run.refused(2) == "put back job 2; finish");
}

TEST_CASE("a job taken while the last node went down goes back") {
    Story run({{0}});
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.down(0) == "");
    CHECK(run.job() == "put back job 1; finish");
}

TEST_CASE("a job that lost the only node big enough goes back to be heard of as too big") {
    Story run({{0, 1}, {1, 4}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.head_waits();
    CHECK(run.up(1) == "take");
    CHECK(run.down(1) == "");
    CHECK(run.job({4}) == "put back job 1; take");
}

TEST_CASE("a lost attempt is not rerun, and frees its slots") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.down(0) == "");
    CHECK(run.lost(1) == "");
    CHECK(run.up(1) == "take");
    CHECK(run.empty() == "finish");
}

TEST_CASE("a host that comes back is used again") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.down(0);
    (void)run.lost(1);
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #2 job 2 on 0 [0]");
}

TEST_CASE("with all nodes down the run ends when the last attempt has been heard of") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.down(1) == "");
    CHECK(run.down(0) == "");
    CHECK(run.lost(1) == "finish");
}

TEST_CASE("a failed queue ends the run when nothing runs") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.up(1);
    CHECK(run.queue_fails() == "");
    CHECK(run.changed() == "");
    CHECK(run.exits(1) == "finish");
}

TEST_CASE("a failure alone does not stop the queue") {
    Story run({{0}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.exits(1, 3) == "take");
}

TEST_CASE("with stop_on_failure no job is taken after the first that fails") {
    Story run({{0}, {1}, {2}}, true);
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.up(1);
    CHECK(run.job() == "start #2 job 2 on 1 [0]");
    CHECK(run.up(2) == "take");
    CHECK(run.exits(1, 1) == "");
    CHECK(run.fit() == Fit::later);
    CHECK(run.head_waits() == "");
    CHECK(run.exits(2) == "finish");
}

TEST_CASE("what an earlier run has left running keeps its slots, wherever they are") {
    Story run({{0, 2}});
    (void)run.begin();
    CHECK(run.resumes(0, {1}) == "attach #1 job 1 on 0 [1]");
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #2 job 2 on 0 [0]");
    CHECK(run.exits(1) == "take");
    CHECK(run.empty() == "");
    CHECK(run.exits(2) == "take");
}

TEST_CASE("a job that an earlier run never started is free to run anywhere") {
    Story run({{0}, {0}});
    (void)run.begin();
    (void)run.resumes(0, {0});
    (void)run.up(1);
    CHECK(run.on(remuda::model::AttemptRefused{{1}, "never started"}) == "start #2 job 1 on 1 [0]");
}

TEST_CASE("a run waits for what it resumed, though its node is down and the queue is empty") {
    Story run({{0}});
    (void)run.begin();
    (void)run.resumes(0, {0});
    CHECK(run.on(remuda::model::NodeDown{{0}, "gone"}) == "");
    CHECK(run.on(remuda::model::AttemptLeft{{1}, "gone"}) == "finish");
}
