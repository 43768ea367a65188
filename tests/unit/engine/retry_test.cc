// SPDX-License-Identifier: MIT
#include "engine/retry_rules.h"
#include "story.h"

#include <chrono>

#include <doctest/doctest.h>

using namespace remuda;
using namespace std::chrono_literals;
using remuda::test::Story;
using Mode = engine::Settings::Mode;

namespace {

// Without a delay, so that no number is drawn.
std::function<void(engine::Settings&)> with_retries(int retries, Mode mode = Mode::queue) {
    return [retries, mode](engine::Settings& settings) {
        settings.mode = mode;
        settings.defaults.retries = retries;
        settings.defaults.retry_delay = Duration(0);
    };
}

}  // namespace

TEST_CASE("without retries nothing runs twice") {
    Story run({{0}, {1}}, with_retries(0));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    CHECK(run.job() == "start #1 job 1 on 0 [0]; take");
    CHECK(run.lost(1).empty());
    CHECK(run.empty() == "finish");
}

TEST_CASE("a job that failed is tried again on another host, as often as it may be") {
    Story run({{0}, {1}}, with_retries(2));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    CHECK(run.job() == "start #1 job 1 on 0 [0]; take");
    CHECK(run.empty().empty());
    CHECK(run.exits(1, 3) == "wait 1 for 0s; take");
    CHECK(run.empty().empty());
    CHECK(run.wait_over(1) == "start #2 job 1 on 1 [0]");
    CHECK(run.ends(2, model::Signalled{"SEGV"}) == "wait 2 for 0s; take");
    CHECK(run.empty().empty());
    // It failed on both: at least not where it failed last.
    CHECK(run.wait_over(2) == "start #3 job 1 on 0 [0]");
    CHECK(run.exits(3, 3) == "take");
    CHECK(run.empty() == "finish");
}

TEST_CASE("a job waits for another host while others are taken") {
    Story run({{0}, {1}}, with_retries(1));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    CHECK(run.job() == "start #1 job 1 on 0 [0]; take");
    CHECK(run.job() == "start #2 job 2 on 1 [0]");
    CHECK(run.exits(1, 1) == "wait 1 for 0s; take");
    CHECK(run.wait_over(1).empty());
    CHECK(run.job() == "start #3 job 3 on 0 [0]");
    CHECK(run.exits(2) == "start #4 job 1 on 1 [0]");
}

TEST_CASE("the only host gets its job again") {
    Story run({{0}, {1}}, with_retries(1));
    (void)run.begin();
    (void)run.up(0);
    (void)run.down(1);
    CHECK(run.job() == "start #1 job 1 on 0 [0]");
    CHECK(run.exits(1, 1) == "wait 1 for 0s; take");
    CHECK(run.empty().empty());
    CHECK(run.wait_over(1) == "start #2 job 1 on 0 [0]");
    CHECK(run.exits(2) == "take");
}

TEST_CASE("a job that needs several slots holds back what would take them") {
    Story run({{0, 2}}, with_retries(1));
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.job({2}) == "start #1 job 1 on 0 [0, 1]");
    CHECK(run.exits(1, 1) == "wait 1 for 0s; take");
    CHECK(run.job() == "start #2 job 2 on 0 [0]; take");
    CHECK(run.wait_over(1).empty());
    CHECK(run.fit() == engine::Fit::later);
    CHECK(run.head_waits().empty());
    CHECK(run.exits(2) == "start #3 job 1 on 0 [0, 1]");
}

TEST_CASE("what a job says of itself goes before what the run says") {
    Story run({{0}}, with_retries(5));
    (void)run.begin();
    (void)run.up(0);
    model::Job job;
    job.id = {1};
    job.options.retries = 1;
    job.options.retry_on = model::RetryOn{{{3, 4}}, false, false};
    CHECK(run.on(model::JobTaken{job}) == "start #1 job 1 on 0 [0]");
    CHECK(run.engine().next_try({{1}, model::Exited{4}}) == model::NextTry{2, 2, Duration(0)});
    CHECK_FALSE(run.engine().next_try({{1}, model::Exited{5}}));
    CHECK_FALSE(run.engine().next_try({{1}, model::Exited{0}}));
    CHECK_FALSE(run.engine().next_try({{1}, model::Lost{"cut"}}));
    CHECK_FALSE(run.engine().next_try({{1}, model::TimedOut{}}));
    CHECK_FALSE(run.engine().next_try({{1}, model::Cancelled{}}));
    CHECK_FALSE(run.engine().next_try({{1}, model::NeverStarted{"no"}}));
    CHECK(run.exits(1, 3) == "wait 1 for 0s; take");
    CHECK(run.wait_over(1) == "start #2 job 1 on 0 [0]");
    CHECK_FALSE(run.engine().next_try({{2}, model::Exited{3}}));
}

TEST_CASE("a stop ends the waiting for another try") {
    Story run({{0}}, with_retries(1));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.exits(1, 1) == "wait 1 for 0s; take");
    CHECK(run.empty().empty());
    CHECK(run.stop(1) == "end wait 1; drop job 1 after #1 (the run is to stop); finish");
    CHECK(run.wait_over(1).empty());
}

TEST_CASE("a job that is cancelled is not waited for any more") {
    Story run({{0}}, with_retries(2));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.exits(1, 1) == "wait 1 for 0s; take");
    CHECK(run.on(model::JobCancelled{{7}}).empty());
    CHECK(run.on(model::JobCancelled{{1}}) == "end wait 1; drop job 1 after #1 (it was cancelled)");
    CHECK(run.wait_over(1).empty());
    // Due already, but without room.
    CHECK(run.job() == "start #2 job 2 on 0 [0]");
    CHECK(run.exits(2, 1) == "wait 2 for 0s; take");
    CHECK(run.job() == "start #3 job 3 on 0 [0]");
    CHECK(run.wait_over(2).empty());
    CHECK(run.on(model::JobCancelled{{2}}) == "drop job 2 after #2 (it was cancelled)");
    CHECK(run.exits(3) == "take");
    CHECK(run.empty() == "finish");
}

TEST_CASE("a job that is cancelled while it runs is not tried again, however it ends") {
    Story run({{0}}, with_retries(2));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.on(model::JobCancelled{{1}}) == "end #1");
    CHECK(run.on(model::JobCancelled{{1}}).empty());
    CHECK_FALSE(run.engine().next_try({{1}, model::Lost{"cut"}}));
    CHECK(run.lost(1) == "take");
}

TEST_CASE("a job that is cancelled while it waits for another node is not started") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.job() == "start #2 job 2 on 1 [0]");
    CHECK(run.on(model::AttemptRefused{{1}, "it does not answer"}) == "");
    CHECK(run.on(model::JobCancelled{{1}}) == "skip #3 job 1 on 0: it was cancelled; take");
}

TEST_CASE("a job that is cancelled and then refused goes to no other node, nor back") {
    Story run({{0}, {1}});
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.on(model::JobCancelled{{1}}) == "end #1");
    CHECK(run.on(model::AttemptRefused{{1}, "no"}) == "skip #2 job 1 on 0: it was cancelled");
}

TEST_CASE("a job that was cancelled in an earlier run is ended when it is gone on with") {
    Story run({{0}}, with_retries(2));
    (void)run.begin();
    model::JobResumed resumed;
    resumed.job.id = {1};
    resumed.slots = {0};
    resumed.durable.key = "key";
    resumed.is_cancelled = true;
    CHECK(run.on(resumed) == "attach #1 job 1 on 0 [0]; end #1");
    CHECK_FALSE(run.engine().next_try({{1}, model::Exited{1}}));
}

TEST_CASE("a broadcast that is cancelled does not go to nodes that come later") {
    Story run({{0}, {1}}, with_retries(2, Mode::broadcast));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.on(model::JobCancelled{{1}}) == "end #1");
    CHECK(run.up(1).empty());
    CHECK(run.exits(1) == "take");
}

TEST_CASE("in broadcast, where it waits it is not tried again") {
    Story run({{0}, {1}}, with_retries(2, Mode::broadcast));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.exits(1, 1) == "wait 1 for 0s");
    CHECK(run.on(model::JobCancelled{{1}}) ==
          "end #2; end wait 1; drop job 1 after #1 (it was cancelled)");
    CHECK(run.exits(2) == "take");
}

TEST_CASE("after a stop nothing is tried again") {
    Story run({{0}}, with_retries(1));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.stop(1).empty());
    CHECK(run.exits(1, 1) == "finish");
}

TEST_CASE("a job whose hosts are all gone ends as it last failed") {
    Story run({{0}}, with_retries(1));
    (void)run.begin();
    (void)run.up(0);
    (void)run.job();
    CHECK(run.lost(1) == "wait 1 for 0s; take");
    CHECK(run.empty().empty());
    CHECK(run.down(0) == "end wait 1; drop job 1 after #1 (no node is left); finish");
}

TEST_CASE("a job that was refused when it was tried again is not put back") {
    Story run({{0}, {1}}, with_retries(1));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.exits(1, 1) == "wait 1 for 0s");
    CHECK(run.wait_over(1) == "start #2 job 1 on 1 [0]");
    CHECK(run.stop(1).empty());
    CHECK(run.refused(2) == "drop job 1 after #1 (the run is to stop)");
}

TEST_CASE("in broadcast a node tries again, and the others wait for it") {
    Story run({{0}, {1}}, with_retries(1, Mode::broadcast));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    CHECK(run.job() == "start #1 job 1 on 0 [0]; start #2 job 1 on 1 [0]");
    CHECK(run.exits(1, 1) == "wait 1 for 0s");
    CHECK(run.exits(2).empty());
    CHECK(run.fit() == engine::Fit::later);
    CHECK(run.wait_over(1) == "start #3 job 1 on 0 [0]");
    CHECK(run.exits(3, 1) == "take");
}

TEST_CASE("in broadcast a node that went down does not try again") {
    Story run({{0}, {1}}, with_retries(1, Mode::broadcast));
    (void)run.begin();
    (void)run.up(0);
    (void)run.up(1);
    (void)run.job();
    CHECK(run.lost(1) == "wait 1 for 0s");
    CHECK(run.down(0).empty());
    CHECK(run.exits(2).empty());
    CHECK(run.wait_over(1) == "drop job 1 after #1 (the node is down); take");
}

TEST_CASE("a time limit is waited for from the start, and ends the attempt as too late") {
    Story run({{0}, {1}}, Story::Change([](engine::Settings& settings) {
                  settings.defaults.timeout = 10s;
                  settings.defaults.retries = 1;
                  settings.defaults.retry_delay = Duration(0);
              }));
    (void)run.begin();
    (void)run.up(0);
    CHECK(run.job() == "start #1 job 1 on 0 [0]; wait 1 for 10s from #1");
    CHECK(run.up(1) == "take");
    CHECK(run.job() == "start #2 job 2 on 1 [0]; wait 2 for 10s from #2");
    CHECK(run.exits(2) == "end wait 2; take");
    CHECK(run.empty().empty());
    CHECK(run.wait_over(1) == "end #1");
    // It may be out of reach: then only this tells that nobody waits for it. Once.
    CHECK(run.stop(2) == "end #1");
    CHECK(run.stop(2).empty());
    CHECK(run.ends(1, model::TimedOut{}) == "finish");
}

TEST_CASE("delays double, are drawn from their upper half, and end at the longest") {
    model::Retry retry;
    retry.delay = 4s;
    retry.longest_delay = 20s;
    for (std::uint64_t draw = 0; draw < 200; ++draw) {
        CAPTURE(draw);
        const Duration first = engine::delay_before(2, retry, 7, draw);
        CHECK((first >= 2s && first <= 4s));
        const Duration second = engine::delay_before(3, retry, 7, draw);
        CHECK((second >= 4s && second <= 8s));
        const Duration last = engine::delay_before(1000, retry, 7, draw);
        CHECK((last >= 10s && last <= 20s));
        CHECK(first == engine::delay_before(2, retry, 7, draw));
    }
    CHECK(engine::delay_before(2, retry, 7, 1) != engine::delay_before(2, retry, 8, 1));
    retry.delay = Duration(0);
    CHECK(engine::delay_before(5, retry, 7, 1) == Duration(0));
}

TEST_CASE("signals count as the codes that shells give them") {
    const model::RetryOn on{{{137, 137}}, false, false};
    CHECK(engine::is_named(on, model::Signalled{"KILL"}));
    CHECK(engine::is_named(on, model::Exited{137}));
    CHECK_FALSE(engine::is_named(on, model::Signalled{"TERM"}));
    CHECK(engine::is_named({}, model::Signalled{"XYZ"}));
}
