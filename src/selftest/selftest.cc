// SPDX-License-Identifier: MIT
#include "remuda/selftest/selftest.h"

#include "selftest/bed.h"
#include "selftest/disks.h"
#include "selftest/drill.h"
#include "selftest/plan.h"
#include "selftest/scorecard.h"

#include <array>
#include <chrono>
#include <optional>
#include <random>
#include <vector>

#include <fmt/format.h>

namespace remuda::selftest {

namespace {

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kImpossible = 2;
constexpr int kStopped = 130;
constexpr std::size_t kMostHosts = 4;

int complain(const Settings& settings, const Error& error) {
    if (error.code() == Code::stopped) return kStopped;
    settings.complain("error: " + error.text() + "\n");
    return kImpossible;
}

std::uint64_t drawn_seed() {
    // Short enough to be typed.
    constexpr std::uint64_t most = 1'000'000;
    return std::random_device()() % most;
}

int look_around(const Settings& settings) {
    auto bed = Bed::make(2, false);
    if (!bed) return complain(settings, bed.error());
    bool has_passed = true;
    for (const bool with_shim : {false, true}) {
        const Plan plan = quiet_plan(with_shim);
        const DrillSettings drill{settings.program, settings.is_stopped};
        const auto run = run_drill(*bed, plan, drill);
        if (!run) return complain(settings, run.error());
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(run->took).count();
        const std::string what =
            fmt::format("{} jobs on {} hosts over SSH, {} the shim", plan.jobs.size(), plan.hosts,
                        with_shim ? "by" : "without");
        if (settings.as_json) {
            settings.tell(fmt::format(
                "{{\"v\":1,\"type\":\"check\",\"shim\":{},\"passed\":{},"
                "\"jobs\":{},\"seconds\":{:.3f}}}\n",
                with_shim, !run->has_failed(), plan.jobs.size(), static_cast<double>(ms) / 1000));
        } else {
            settings.tell(
                fmt::format("{:<6} {} ({} ms)\n", run->has_failed() ? "FAILED" : "ok", what, ms));
        }
        settings.complain(faults_text(run->faults));
        if (run->has_failed() && !settings.keep.empty()) bed->keep(settings.keep, run->faults);
        has_passed = has_passed && !run->has_failed();
    }
    if (!settings.as_json) settings.tell(has_passed ? "passed\n" : "FAILED\n");
    return has_passed ? kPassed : kFailed;
}

int drill(const Settings& settings) {
    const std::uint64_t seed = settings.seed ? *settings.seed : drawn_seed();
    std::vector<std::string> not_struck{
        "clock jumps: they would be this whole machine's (a test of remuda's has them)"};
    const auto mounts = enter_own_mounts();
    if (!mounts) {
        not_struck.push_back(
            fmt::format("full disks: no file system of our own can be mounted here ({})",
                        mounts.error().text()));
    }
    auto bed = Bed::make(kMostHosts, mounts.has_value());
    if (!bed) return complain(settings, bed.error());
    Scorecard card(seed, settings.runs, std::move(not_struck));
    std::optional<Error> ended;
    for (std::size_t i = 0; i < settings.runs; ++i) {
        const Plan plan = draw_plan(seed + i, mounts.has_value());
        const auto run = run_drill(*bed, plan, {settings.program, settings.is_stopped});
        if (!run) {
            ended = run.error();
            break;
        }
        card.add(*run);
        if (run->has_failed() && !settings.keep.empty()) {
            bed->keep(fmt::format("{}/seed-{}", settings.keep, plan.seed), run->faults);
        }
        settings.show_progress(card.progress());
    }
    settings.show_progress("");
    // What was found out is told in any case: it may have taken an hour.
    if (!ended || !card.is_empty()) settings.tell(settings.as_json ? card.json() : card.text());
    if (ended) return complain(settings, *ended);
    return card.has_passed() ? kPassed : kFailed;
}

}  // namespace

int run_selftest(const Settings& settings) {
    return settings.is_chaos ? drill(settings) : look_around(settings);
}

}  // namespace remuda::selftest
