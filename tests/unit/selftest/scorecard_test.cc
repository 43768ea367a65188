// SPDX-License-Identifier: MIT
#include "selftest/scorecard.h"

#include <string>

#include <doctest/doctest.h>

using namespace remuda::selftest;

namespace {

bool contains(const std::string& text, const std::string& piece) {
    return text.find(piece) != std::string::npos;
}

RunResult fine_run() {
    RunResult run;
    run.seed = 4;
    run.took = std::chrono::milliseconds(1500);
    run.strikes[index_of(Fault::rebooted)] = 2;
    Told told;
    told.verdicts = 1;
    told.attempts.push_back(
        {.outcome = remuda::model::Exited{0}, .host = 0, .key = "k", .output = ""});
    run.add(told, Judgement());
    return run;
}

}  // namespace

TEST_CASE("a scorecard without faults passes") {
    Scorecard card(4, 2, {"clocks"});
    CHECK(card.is_empty());
    CHECK_FALSE(card.has_passed());
    card.add(fine_run());
    CHECK_FALSE(card.has_passed());
    card.add(fine_run());
    CHECK(card.has_passed());
    const std::string text = card.text();
    CHECK(contains(text, "host rebooted             4\n"));
    CHECK(contains(text, "not struck: clocks\n"));
    CHECK(contains(text, "2 runs with 2 jobs in 3.0 s, seed 4\n"));
    CHECK(contains(text, "attempts: 2 exited\n"));
    CHECK(text.ends_with("jobs: 0 lost, 0 twice, 0 wrong, 0 needlessly lost\npassed\n"));
    CHECK(card.progress() == "run 2 of 2: 2 jobs, 0 lost, 0 twice, 0 wrong, 0 needlessly lost");
}

TEST_CASE("a scorecard of runs that were stopped says so, and passes nothing") {
    Scorecard card(4, 9, {});
    card.add(fine_run());
    CHECK_FALSE(card.has_passed());
    CHECK(card.text().ends_with("stopped: 1 of 9 runs were done, and none failed\n"));
    CHECK(contains(card.json(), R"("passed":false,"seed":4,"runs":1,"wanted":9,)"));
    RunResult run = fine_run();
    run.faults.emplace_back("job 2");
    card.add(run);
    CHECK(card.text().ends_with("FAILED: 1 of 2 runs\n"));
}

TEST_CASE("a scorecard names each run that failed, and how to do it again") {
    Scorecard card(4, 1, {});
    RunResult run = fine_run();
    Judgement judgement;
    judgement.ran_twice = true;
    judgement.why = "job 2: it \"ran\"";
    run.add(Told(), judgement);
    card.add(run);
    CHECK_FALSE(card.has_passed());
    const std::string text = card.text();
    CHECK(contains(text,
                   "seed 4 failed; again: remuda selftest --chaos --runs 1 --seed 4\n"
                   "  job 2: it \"ran\"\n"));
    CHECK(text.ends_with("FAILED: 1 of 1 runs\n"));
    const std::string json = card.json();
    CHECK(
        contains(json, R"("passed":false,"seed":4,"runs":1,"wanted":1,"jobs":2,"seconds":1.500,)"));
    CHECK(contains(json, R"("struck":{"controller killed":0,)"));
    CHECK(contains(json, R"("twice":1,"wrong":0,)"));
    CHECK(contains(json, R"("faults":["job 2: it \"ran\""]}])"));
}
