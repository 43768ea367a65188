// SPDX-License-Identifier: MIT
#include "story.h"

#include <doctest/doctest.h>

using remuda::engine::Fit;
using remuda::test::Story;
constexpr auto kBroadcast = remuda::engine::Settings::Mode::broadcast;

TEST_CASE("the first stop takes no new job and lets the running ones finish") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.stop(1) == "");
    CHECK(run.up(1) == "");
    CHECK(run.changed() == "");
    CHECK(run.fit() == Fit::later);
    CHECK(run.exits(1) == "finish");
}

TEST_CASE("a stop before anything runs ends the run") {
    Story run({{0}, {1}});
    (void)run.begin();
    CHECK(run.stop(1) == "finish");
}

TEST_CASE("a job that was being taken when the stop came goes back") {
    Story run({{0}});
    (void)run.begin();
    CHECK(run.up(0) == "take");
    CHECK(run.stop(1) == "");
    CHECK(run.job() == "put back job 1; finish");
}

TEST_CASE("pending jobs go back at a stop, the most recent first") {
    Story run({{0}, {1}, {2, 1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.up(1);
    (void)run.job();
    (void)run.down(0);
    (void)run.down(1);
    (void)run.refused(1);
    (void)run.refused(2);
    CHECK(run.stop(1) == "put back job 2; put back job 1; finish");
}

TEST_CASE("a refusal after a stop puts the job back") {
    Story run({{0}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.stop(1) == "");
    CHECK(run.refused(1) == "put back job 1; finish");
}

TEST_CASE("the second stop ends the running attempts, each once") {
    Story run({{0, 2}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.job();
    CHECK(run.stop(1) == "");
    CHECK(run.stop(2) == "end #1; end #2");
    CHECK(run.stop(2) == "");
    CHECK(run.exits(1) == "");
    CHECK(run.exits(2) == "finish");
}

TEST_CASE("the third stop leaves at once, and late answers lose no job") {
    Story run({{0, 2}});
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.job() == "start #1 job 1 on 0 [0]; take");
    CHECK(run.stop(3) == "end #1; finish");
    CHECK(run.stop(3) == "");
    CHECK(run.job() == "put back job 2");
    CHECK(run.refused(1) == "put back job 1");
}

TEST_CASE("a stopped broadcast finishes its job and takes no other") {
    Story run({{0}, {1}}, false, kBroadcast);
    (void)run.begin();
    SUBCASE("while nodes still connect") {
        CHECK(run.stop(1) == "finish");
        return;
    }
    CHECK(run.up(0) == "take");
    SUBCASE("while a job is being taken") {
        (void)run.up(1);
        CHECK(run.stop(1) == "");
        CHECK(run.job() == "put back job 1; finish");
    }
    SUBCASE("while a job runs") {
        (void)run.up(1);
        (void)run.job();
        CHECK(run.stop(1) == "");
        CHECK(run.exits(1) == "");
        CHECK(run.exits(2) == "finish");
    }
}
