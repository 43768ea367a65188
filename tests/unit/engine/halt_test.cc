// SPDX-License-Identifier: MIT
#include "story.h"

#include <doctest/doctest.h>

using namespace remuda;
using engine::Halt;
using remuda::test::Story;

namespace {

std::function<void(engine::Settings&)> with_halt(Halt halt, int retries = 0) {
    return [halt, retries](engine::Settings& settings) {
        settings.halt = halt;
        settings.defaults.retries = retries;
        settings.defaults.retry_delay = Duration(0);
    };
}

}  // namespace

TEST_CASE("halted soon, running jobs finish and no further one is taken") {
    Story run({{0, 3}}, with_halt({Halt::When::soon, Halt::Of::failures, 2}));
    (void)run.begin();
    (void)run.up(0);
    for (int i = 0; i < 3; ++i)
        (void)run.job();
    CHECK(run.exits(1, 1) == "take");
    CHECK(run.head_waits().empty());
    CHECK(run.exits(2, 1) == "halt (2 jobs have failed)");
    CHECK(run.fit() == engine::Fit::later);
    CHECK(run.exits(3) == "finish");
}

TEST_CASE("halted now, running jobs are ended") {
    Story run({{0, 3}}, with_halt({Halt::When::now, Halt::Of::successes, 1}));
    (void)run.begin();
    (void)run.up(0);
    for (int i = 0; i < 3; ++i)
        (void)run.job();
    CHECK(run.exits(2) == "halt (1 job has succeeded); end #1; end #3");
    CHECK(run.ends(1, model::Cancelled{}).empty());
    CHECK(run.ends(3, model::Cancelled{}) == "finish");
}

TEST_CASE("what has ended counts however it ended") {
    Story run({{0}}, with_halt({Halt::When::soon, Halt::Of::ends, 2}));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.exits(1, 1) == "take");
    (void)run.job();
    CHECK(run.exits(2) == "halt (2 jobs have ended); finish");
}

TEST_CASE("a job that is tried again has not failed yet") {
    Story run({{0}}, with_halt({Halt::When::soon, Halt::Of::failures, 1}, 1));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.exits(1, 1) == "wait 1 for 0s; take");
    CHECK(run.head_waits().empty());
    CHECK(run.wait_over(1) == "start #2 job 1 on 0 [0]");
    CHECK(run.exits(2, 1) == "halt (1 job has failed); finish");
}

TEST_CASE("a halt ends the waiting for another try") {
    Story run({{0, 2}}, with_halt({Halt::When::soon, Halt::Of::successes, 1}, 1));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    (void)run.job();
    CHECK(run.exits(1, 1) == "wait 1 for 0s; take");
    CHECK(run.head_waits().empty());
    CHECK(run.exits(2) ==
          "halt (1 job has succeeded); end wait 1; drop job 1 after #1 (the run is to stop); "
          "finish");
}
