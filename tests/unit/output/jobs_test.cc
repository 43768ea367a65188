// SPDX-License-Identifier: MIT
#include "remuda/output/jobs.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;

TEST_CASE("a job that waits for its next try is told with the outcome of its last one") {
    ListedJob job;
    job.stage = ListedJob::Stage::taken;
    CHECK(standing_of(job) == "to be started");
    for (const int code : {3, 4}) {
        ListedAttempt attempt;
        attempt.outcome = model::Exited{code};
        job.attempts.push_back(attempt);
    }
    ListedAttempt refused;
    refused.is_refused = true;
    job.attempts.push_back(refused);
    CHECK(standing_of(job) == "to be tried again: exit 4");
    job.is_broadcast = true;
    CHECK(standing_of(job) == "under way");
}

TEST_CASE("a job of several nodes took until the last of them had done it") {
    ListedJob job;
    job.stage = ListedJob::Stage::ended;
    for (const std::int64_t seconds : {4, 1}) {
        ListedAttempt attempt;
        attempt.ended_ms = seconds * 1000;
        job.attempts.push_back(attempt);
    }
    CHECK(jobs_table({job}, 0, 9000).find(" 4.0s ") != std::string::npos);
    job.attempts.back().ended_ms.reset();
    CHECK(jobs_table({job}, 0, 9000).find(".0s ") == std::string::npos);
}

TEST_CASE("what is to be cancelled is told so after its run was killed, too") {
    ListedJob job;
    job.stage = ListedJob::Stage::unsettled;
    job.is_unwanted = true;
    CHECK(standing_of(job) == "unknown: its run was killed; to be cancelled");
}
