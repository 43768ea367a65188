// SPDX-License-Identifier: MIT
#include "story.h"

#include <doctest/doctest.h>

using namespace remuda;
using remuda::test::Story;

namespace {

// Two hosts; attempts are numbered as they start. `spare` keeps the other host busy.
Story two_hosts(int retries = 0) {
    Story run({{0}, {1}}, Story::Change([retries](engine::Settings& settings) {
                  settings.defaults.retries = retries;
                  settings.defaults.retry_delay = Duration(0);
              }));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    return run;
}

bool rests(const std::string& told) {
    return told.find("rest ") != std::string::npos;
}

}  // namespace

TEST_CASE("a host that fails what others pass rests, and works again afterwards") {
    Story run = two_hosts();
    std::uint64_t attempt = 0;
    (void)run.job();
    (void)run.job();
    attempt = 2;
    // Node 1 passes its jobs; node 0 fails all.
    CHECK_FALSE(rests(run.exits(2)));
    (void)run.job();
    ++attempt;
    std::uint64_t on_0 = 1;
    std::uint64_t on_1 = 3;
    for (int i = 0; i < 4; ++i) {
        CHECK_FALSE(rests(run.exits(on_0, 1)));
        (void)run.job();
        on_0 = ++attempt;
        CHECK_FALSE(rests(run.exits(on_1)));
        (void)run.job();
        on_1 = ++attempt;
    }
    CHECK(run.exits(on_0, 1) ==
          "wait 1 for 60s; rest 0 (its last 5 jobs failed, other hosts pass such jobs (4 of 4 "
          "meanwhile))");
    // The other one is busy, and this one rests.
    CHECK(run.fit() == engine::Fit::later);
    CHECK(run.wait_over(1) == "take");
    CHECK(run.job() == "start #12 job 12 on 0 [0]");
}

TEST_CASE("where everything fails everywhere nobody rests") {
    Story run = two_hosts();
    (void)run.job();
    (void)run.job();
    for (std::uint64_t ended = 1; ended <= 40; ++ended) {
        CHECK_FALSE(rests(run.exits(ended, 1)));
        (void)run.job();
    }
}

TEST_CASE("the only host never rests") {
    Story run({{0}, {0}}, Story::Change([](engine::Settings&) {}));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    (void)run.job();
    (void)run.exits(2);
    (void)run.job();
    for (const std::uint64_t ended : std::vector<std::uint64_t>{1, 3, 4, 5, 6, 7, 8}) {
        CHECK_FALSE(rests(run.exits(ended, 1)));
        (void)run.job();
    }
}

TEST_CASE("failures that passed elsewhere are evidence enough when they are few") {
    Story run = two_hosts(1);
    (void)run.job();
    std::uint64_t attempt = 1;
    std::uint64_t wait = 0;
    // One job at a time: it fails on node 0, and passes on node 1 then.
    for (std::uint64_t job = 1; job <= 2; ++job) {
        CHECK_FALSE(rests(run.exits(attempt, 1)));
        (void)run.head_waits();
        ++attempt;
        CHECK(run.wait_over(++wait) == fmt::format("start #{} job {} on 1 [0]", attempt, job));
        CHECK_FALSE(rests(run.exits(attempt)));
        (void)run.job();
        ++attempt;
    }
    const std::string told = run.exits(attempt, 1);
    CHECK(rests(told));
    CHECK(told.find("its last 3 jobs failed, 2 of them passed elsewhere") != std::string::npos);
}

TEST_CASE("a host that loses its jobs rests if others keep theirs") {
    Story run({{0}, {1, 2}}, Story::Change([](engine::Settings&) {}));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    // Three of the other host end first.
    CHECK(run.job() == "start #1 job 1 on 0 [0]; take");
    CHECK(run.job() == "start #2 job 2 on 1 [0]; take");
    CHECK(run.job() == "start #3 job 3 on 1 [1]");
    (void)run.exits(2);
    CHECK(run.job() == "start #4 job 4 on 1 [0]");
    (void)run.exits(3);
    CHECK(run.job() == "start #5 job 5 on 1 [1]");
    (void)run.exits(4);
    CHECK(run.job() == "start #6 job 6 on 1 [0]");
    CHECK_FALSE(rests(run.lost(1)));
    CHECK(run.job() == "start #7 job 7 on 0 [0]");
    CHECK_FALSE(rests(run.lost(7)));
    CHECK(run.job() == "start #8 job 8 on 0 [0]");
    CHECK(run.lost(8) == "wait 1 for 60s; rest 0 (it lost its last 3 jobs, other hosts lost none)");
    // Needed again.
    CHECK(run.head_waits().empty());
    CHECK(run.down(1) == "end wait 1; take");
}
