// SPDX-License-Identifier: MIT
#include "selftest/judgement.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda::selftest;
using remuda::model::Exited;
using remuda::model::Lost;
using remuda::model::NeverStarted;
using remuda::model::Outcome;
using remuda::model::Signalled;

namespace {

/// A job of one line, on the first of two hosts.
struct Case {
    Case() {
        job.number = 1;
        job.lines = 1;
        job.ends = {"3"};
        struck.receipts = {false, false};
        struck.output = {false, false};
    }

    void attempt(Outcome outcome, const std::string& key = "k-1",
                 const std::string& output = "job 1 says 1\n") {
        told.verdicts = 1;
        told.attempts.push_back(
            {.outcome = std::move(outcome), .host = 0, .key = key, .output = output});
    }
    Judgement judgement(const std::string& record) const {
        return judge(job, parse_record(record), told, struck);
    }

    PlannedJob job;
    Told told;
    Struck struck;
};

}  // namespace

TEST_CASE("a verdict that is what the job recorded is fine") {
    Case one;
    one.attempt(Exited{3});
    CHECK(one.judgement("start k-1\nend k-1 3\n").is_fine());
}

TEST_CASE("a job without a verdict is lost") {
    const Case one;
    const Judgement judgement = one.judgement("start k-1\nend k-1 3\n");
    CHECK(judgement.is_lost);
    CHECK(judgement.why.find("job 1: it has no verdict") == 0);
}

TEST_CASE("another code than the one that was recorded is wrong") {
    Case one;
    one.attempt(Exited{0});
    CHECK(one.judgement("start k-1\nend k-1 3\n").is_wrong);
    // It cannot have ended: its record has no end.
    CHECK(one.judgement("start k-1\n").is_wrong);
}

TEST_CASE("a job that is said not to have run must not have") {
    Case one;
    one.attempt(NeverStarted{"full"}, "k-1", "");
    CHECK(one.judgement("").is_fine());
    CHECK(one.judgement("start k-1\n").ran_twice);
}

TEST_CASE("a second execution that nobody wanted is told, whether or not remuda tells of it") {
    Case one;
    one.attempt(Exited{3});
    CHECK(one.judgement("start k-1\nstart k-2\nend k-1 3\nend k-2 3\n").ran_twice);
    one.attempt(Exited{3}, "k-2");
    CHECK(one.judgement("start k-1\nstart k-2\nend k-1 3\nend k-2 3\n").ran_twice);
    one.job.retries = 1;
    CHECK(one.judgement("start k-1\nstart k-2\nend k-1 3\nend k-2 3\n").is_fine());
    // The number fits, and still one attempt ran twice and the other not.
    CHECK(one.judgement("start k-1\nstart k-1\nend k-1 3\nend k-1 3\n").ran_twice);
}

TEST_CASE("two verdicts are one too many") {
    Case one;
    one.attempt(Exited{3});
    one.told.verdicts = 2;
    CHECK(one.judgement("start k-1\nend k-1 3\n").ran_twice);
}

TEST_CASE("a job with a receipt is lost needlessly, unless its host's receipts were struck") {
    Case one;
    one.attempt(Lost{"?"}, "k-1", "");
    one.struck.connections = true;
    CHECK(one.judgement("start k-1\nend k-1 3\n").is_needless);
    one.struck.receipts[1] = true;
    CHECK(one.judgement("start k-1\nend k-1 3\n").is_needless);
    one.struck.receipts[0] = true;
    CHECK(one.judgement("start k-1\nend k-1 3\n").is_fine());
    CHECK(one.judgement("start k-1\n").is_fine());
    CHECK(one.judgement("").is_fine());
}

TEST_CASE("a job without a receipt may be lost with its connection") {
    Case one;
    one.attempt(Lost{"?"}, "", "");
    CHECK(one.judgement("start -\n").is_needless);
    one.struck.connections = true;
    CHECK(one.judgement("start -\n").is_fine());
}

TEST_CASE("of several attempts each has its own end, in their order") {
    Case one;
    one.job.retries = 2;
    one.job.ends = {"3", "0"};
    one.struck.receipts[0] = true;
    one.attempt(Lost{"?"}, "k-1", "");
    one.attempt(Exited{0}, "k-2");
    CHECK(one.judgement("start k-1\nend k-1 3\nstart k-2\nend k-2 0\n").is_fine());
    CHECK(one.judgement("start k-1\nstart k-2\nend k-2 0\n").is_fine());
    // The lost one may end after all, and late.
    CHECK(one.judgement("start k-1\nstart k-2\nend k-2 0\nend k-1 3\n").is_fine());
    CHECK(one.judgement("start k-1\nend k-1 0\nstart k-2\nend k-2 3\n").is_wrong);
}

TEST_CASE("a signal is told as such, or as the shell of the login has it") {
    Case one;
    one.job.ends = {"TERM"};
    one.attempt(Signalled{"TERM"});
    CHECK(one.judgement("start k-1\nend k-1 TERM\n").is_fine());
    one.told.attempts[0].outcome = Exited{143};
    CHECK(one.judgement("start k-1\nend k-1 TERM\n").is_fine());
    one.told.attempts[0].outcome = Signalled{"KILL"};
    CHECK(one.judgement("start k-1\nend k-1 TERM\n").is_wrong);
}

TEST_CASE("a job that met SIGPIPE was harmed") {
    Case one;
    one.attempt(Signalled{"PIPE"}, "k-1", "");
    CHECK(one.judgement("start k-1\n").is_wrong);
}

TEST_CASE("output must be whole, or a beginning where a disk was full") {
    Case one;
    one.attempt(Exited{3}, "k-1", "job 1");
    CHECK(one.judgement("start k-1\nend k-1 3\n").is_wrong);
    one.struck.output[0] = true;
    CHECK(one.judgement("start k-1\nend k-1 3\n").is_fine());
    one.told.attempts[0].output = "job 2 says";
    CHECK(one.judgement("start k-1\nend k-1 3\n").is_wrong);
}

TEST_CASE("a line of a record that was not written whole does not count") {
    const Recorded recorded = parse_record("start k-1\nend k-1 3");
    CHECK(recorded.starts.size() == 1);
    CHECK(recorded.ends.empty());
}
