// SPDX-License-Identifier: MIT
#include "selftest/plan.h"

#include "support/program.h"
#include "support/temp_dir.h"
#include "support/text_of.h"

#include <algorithm>
#include <fstream>
#include <set>

#include <doctest/doctest.h>

using namespace remuda::selftest;
using remuda::test::run_program;
using remuda::test::TempDir;
using remuda::test::text_of;

TEST_CASE("a seed always gives the same plan, and another seed another one") {
    const Plan plan = draw_plan(7, true);
    CHECK(queue_text(plan, "/s") == queue_text(draw_plan(7, true), "/s"));
    CHECK(queue_text(plan, "/s") != queue_text(draw_plan(8, true), "/s"));
    const Plan again = draw_plan(7, true);
    REQUIRE(plan.strikes.size() == again.strikes.size());
    for (std::size_t i = 0; i < plan.strikes.size(); ++i) {
        CHECK(plan.strikes[i].fault == again.strikes[i].fault);
        CHECK(plan.strikes[i].at == again.strikes[i].at);
    }
}

TEST_CASE("every fault is drawn, on hosts that are there, in the order of time") {
    std::set<Fault> seen;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Plan plan = draw_plan(seed, true);
        CHECK(!plan.strikes.empty());
        CHECK(std::ranges::is_sorted(plan.strikes, {}, &Strike::at));
        for (const Strike& strike : plan.strikes) {
            CHECK(strike.host < plan.hosts);
            seen.insert(strike.fault);
        }
    }
    CHECK(seen.size() == kFaults);
}

TEST_CASE("what cannot strike is not drawn") {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Plan plan = draw_plan(seed, false);
        for (const Strike& strike : plan.strikes) {
            CHECK(strike.fault != Fault::disk_full_here);
            CHECK(strike.fault != Fault::disk_full_there);
            if (!plan.with_shim) CHECK(strike.fault != Fault::supervisor_killed);
        }
    }
}

TEST_CASE("a job is known again by its command") {
    const Plan plan = quiet_plan(true);
    const std::string text = queue_text(plan, "/tmp/x/job");
    CHECK(text.find("- exec sh /tmp/x/job 8 0.010 8 3\n") != std::string::npos);
    CHECK(job_in("exec sh /tmp/x/job 12 0.010 0 3", "/tmp/x/job") == 12);
    CHECK_FALSE(job_in("exec sh /tmp/x/job", "/tmp/x/job").has_value());
    CHECK_FALSE(job_in("exec sh /tmp/y/job 12", "/tmp/x/job").has_value());
}

TEST_CASE("what a job wants besides its command stands in its entry") {
    Plan plan;
    plan.jobs.resize(2);
    plan.jobs[0].ends = plan.jobs[1].ends = {"0"};
    plan.jobs[0].is_elsewhere = plan.jobs[1].is_elsewhere = true;
    plan.jobs[1].retries = 2;
    const std::string text = queue_text(plan, "/j");
    CHECK(text.find("  job: {cwd: /}\n") != std::string::npos);
    CHECK(text.find("  job: {retries: 2, retry_delay: 0s, cwd: /}\n") != std::string::npos);
}

TEST_CASE("a job records what it does, and ends otherwise the second time") {
    const TempDir folder;
    std::ofstream(folder.path("job")) << job_script(folder.path());
    PlannedJob job;
    job.number = 3;
    job.lines = 2;
    job.ends = {"4", "0"};
    const auto run = [&] {
        return run_program({"sh", folder.path("job"), "3", "0", "2", "4", "0"}, "",
                           {{"REMUDA_KEY", "k-1"}});
    };
    const auto first = run();
    CHECK(first.exit_status == 4);
    CHECK(first.output == output_of(job));
    CHECK(run().exit_status == 0);
    CHECK(run().exit_status == 0);
    CHECK(text_of(folder.path("3")) ==
          "start k-1\nend k-1 4\nstart k-1\nend k-1 0\nstart k-1\nend k-1 0\n");
    const auto killed = run_program({"sh", folder.path("job"), "5", "0", "0", "TERM"});
    CHECK(killed.signal == 15);
    CHECK(text_of(folder.path("5")).ends_with("end - TERM\n"));
}
