// SPDX-License-Identifier: MIT
#include "story.h"

#include <doctest/doctest.h>

using remuda::engine::Fit;
using remuda::test::Story;
constexpr auto kBroadcast = remuda::engine::Settings::Mode::broadcast;

TEST_CASE(
    "broadcast begins with the first node that is up, and the others get the job when they are") {
    Story run({{0}, {1}, {2}}, false, kBroadcast);
    CHECK(run.begin() == "");
    CHECK(run.up(0) == "take");
    CHECK(run.fit() == Fit::now);
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.fit() == Fit::later);
    CHECK(run.exits(1) == "");
    CHECK(run.up(2) == "start #2 job 1 on 2 [0]");
    CHECK(run.exits(2) == "");
    SUBCASE("the next is taken when nobody is awaited any more") {
        CHECK(run.down(1) == "take");
    }
    SUBCASE("the last one's attempt is waited for, too") {
        CHECK(run.up(1) == "start #3 job 1 on 1 [0]");
        CHECK(run.exits(3) == "take");
    }
}

TEST_CASE("a node that is too small, or down, is awaited no longer than it takes to know") {
    Story run({{0, 4}, {1, 1}, {2, 4}}, false, kBroadcast);
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job({2}) == "start #1 job 1 on 0 [0, 1]");
    CHECK(run.up(1) == "skip #2 job 1 on 1: it needs 2 slots, the node has 1");
    CHECK(run.skipped(2) == "");
    CHECK(run.exits(1) == "");
    CHECK(run.down(2) == "take");
}

TEST_CASE("a job that nobody got goes back") {
    Story run({{0}, {1}}, false, kBroadcast);
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.down(0) == "");
    CHECK(run.job() == "");
    CHECK(run.down(1) == "put back job 1; finish");
}

TEST_CASE("a stop, or a failure that stops, ends the wait for those that are coming") {
    Story run({{0}, {1}}, true, kBroadcast);
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.exits(1, 1) == "finish");
    CHECK(run.up(1) == "");
}

TEST_CASE("the next job is taken when all attempts have ended") {
    Story run({{0}, {1}}, false, kBroadcast);
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.fit() == Fit::later);
    CHECK(run.exits(1, 1) == "");
    CHECK(run.changed() == "");
    CHECK(run.exits(2) == "take");
    CHECK(run.empty() == "finish");
}

TEST_CASE("nodes too small for a job are skipped, with the reason") {
    Story run({{0, 1}, {1, 4}}, false, kBroadcast);
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    CHECK(run.fit({2}) == Fit::now);
    CHECK(run.job({2}) ==
          "skip #1 job 1 on 0: it needs 2 slots, the node has 1; start #2 job 1 on 1 [0, 1]");
    CHECK(run.skipped(1) == "");
    CHECK(run.exits(2) == "take");
    CHECK(run.fit({5}) == Fit::never);
}

TEST_CASE("a node that goes down leaves the set") {
    Story run({{0}, {1}}, false, kBroadcast);
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.down(1) == "");
    CHECK(run.exits(1) == "");
    CHECK(run.lost(2) == "take");
    CHECK(run.job() == "start #3 job 2 on 0 [0]");
    SUBCASE("and joins again at the next job when it comes back") {
        CHECK(run.up(1) == "");
        CHECK(run.exits(3) == "take");
        CHECK(run.job() == "start #4 job 3 on 0 [0]; start #5 job 3 on 1 [0]");
    }
}

TEST_CASE("a refusal in broadcast is recorded for that node") {
    Story run({{0}, {1}}, false, kBroadcast);
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.refused(2) == "skip #3 job 1 on 1: refused");
    CHECK(run.skipped(3) == "");
    CHECK(run.exits(1) == "take");
}

TEST_CASE("a broadcast whose nodes are all down ends") {
    Story run({{0}, {1}}, false, kBroadcast);
    (void)run.begin();
    CHECK(run.down(0) == "");
    SUBCASE("before the first job") {
        CHECK(run.down(1) == "finish");
    }
    SUBCASE("while a job was being taken: it goes back") {
        CHECK(run.up(1) == "take");
        CHECK(run.down(1) == "");
        CHECK(run.job() == "put back job 1; finish");
    }
    SUBCASE("while a job ran") {
        (void)run.up(1);
        (void)run.job();
        CHECK(run.down(1) == "");
        CHECK(run.lost(1) == "finish");
    }
}

TEST_CASE("with stop_on_failure a broadcast aborts at the barrier") {
    Story run({{0}, {1}}, true, kBroadcast);
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.exits(1, 1) == "");
    CHECK(run.exits(2) == "finish");
}

TEST_CASE("a job that names its nodes runs on those alone") {
    Story run({{0}, {1}, {2}, {3, 4}}, false, kBroadcast);
    (void)run.begin();
    CHECK(run.up(0) == "take");
    for (const std::size_t node : {1U, 3U})
        (void)run.up(node);
    (void)run.down(2);
    SUBCASE("and is skipped, with the reason, where they are down") {
        CHECK(run.job_on({1, 2}) ==
              "start #1 job 1 on 1 [0]; skip #2 job 1 on 2: the node is down");
        CHECK(run.skipped(2) == "");
        CHECK(run.exits(1) == "take");
        CHECK(run.job() ==
              "start #3 job 2 on 0 [0]; start #4 job 2 on 1 [0]; start #5 job 2 on 3 [0]");
    }
    SUBCASE("or where they are too small") {
        CHECK(run.job_on({3, 0}, {2}) ==
              "skip #1 job 1 on 0: it needs 2 slots, the node has 1; start #2 job 1 on 3 [0, 1]");
    }
    SUBCASE("and the next is taken if none of them is up") {
        CHECK(run.job_on({2}) == "skip #1 job 1 on 2: the node is down");
        CHECK(run.skipped(1) == "take");
    }
}
