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
}
