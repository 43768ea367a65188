// SPDX-License-Identifier: MIT
#include "output/verdict.h"

#include "output/colour.h"
#include "output/human.h"
#include "remuda/output/jobs.h"

#include <algorithm>
#include <chrono>
#include <variant>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kMostNamed = 3;
constexpr std::size_t kMostLabel = 40;

// "2 are finishing (job 3 on a, job 4 on b)".
std::string finishing_text(const std::vector<RunningJob>& running) {
    std::string named;
    for (std::size_t i = 0; i < running.size() && i < kMostNamed; ++i) {
        named += fmt::format("{}job {} on {}", i == 0 ? "" : ", ", running[i].job.value,
                             one_line(running[i].node->label, kMostLabel));
    }
    if (running.size() > kMostNamed) {
        named += fmt::format(" and {} more", running.size() - kMostNamed);
    }
    return fmt::format("{} {} finishing ({})", running.size(), running.size() == 1 ? "is" : "are",
                       named);
}

// "10s", "0.5s".
std::string grace_text(Duration grace) {
    const bool is_whole = grace % std::chrono::seconds(1) == Duration::zero();
    return is_whole && grace > Duration::zero() ? rough_duration(grace) : human_duration(grace);
}

// What ends the jobs that are finishing, or who does.
std::string ending_text(const StopFacts& facts) {
    const std::string_view them = facts.running.size() == 1 ? "it" : "them";
    switch (facts.cause) {
        case StopCause::termination:
            return fmt::format("SIGTERM gives {} {}; Ctrl-C ends {} now.", them,
                               grace_text(facts.grace), them);
        case StopCause::hangup:
            return fmt::format("SIGHUP gives {} {}; Ctrl-C ends {} now.", them,
                               grace_text(facts.grace), them);
        case StopCause::closed_output:
            return fmt::format("Nobody reads the output any more; Ctrl-C ends {}.", them);
        case StopCause::interrupt:
            break;
    }
    return fmt::format("Ctrl-C again ends {}.", them);
}

std::string first_stop_text(const StopFacts& facts) {
    const std::size_t left = facts.left.value_or(0);
    const std::string rest = left > 0
                                 ? fmt::format(", {} {} in {}", left, left == 1 ? "stays" : "stay",
                                               one_line(facts.queue_name, kMostLabel))
                                 : "";
    if (facts.running.empty() && facts.left_running > 0) {
        return fmt::format(
            "stopping: {} left running{}\n",
            facts.left_running == 1 ? "a job is" : fmt::format("{} jobs are", facts.left_running),
            rest);
    }
    std::string text = facts.running.empty()
                           ? fmt::format("stopping: nothing is running{}\n", rest)
                           : fmt::format("stopping: no further job starts, {}{}. {}\n",
                                         finishing_text(facts.running), rest, ending_text(facts));
    if (facts.cause == StopCause::hangup) {
        text += facts.is_daemon
                    ? "  The terminal that it was started from is gone.\n"
                    : "  With -d, SIGHUP would have had the file of hosts read again.\n";
    }
    return text;
}

}  // namespace

Verdict verdict_of(const model::Outcome& outcome, model::JobId id, std::optional<Duration> took) {
    const std::string job = fmt::format("job {}", id.value);
    const auto time = [&](std::string_view before) {
        return took ? fmt::format(" {} {}", before, human_duration(*took)) : std::string();
    };
    if (model::is_success(outcome)) return {"ok", kGreen, job + time("in")};
    if (const auto* lost = std::get_if<model::Lost>(&outcome)) {
        return {"LOST", kRed, fmt::format("{}{}: {}", job, time("after"), lost->reason)};
    }
    if (const auto* never = std::get_if<model::NeverStarted>(&outcome)) {
        return {"NOT RUN", kRed, fmt::format("{}: {}", job, never->reason)};
    }
    if (std::holds_alternative<model::Cancelled>(outcome)) {
        return {"ended", kYellow, fmt::format("{} cancelled{}", job, time("after"))};
    }
    return {"FAILED", kRed, fmt::format("{} {}{}", job, model::describe(outcome), time("after"))};
}

Verdict verdict_of(const model::AttemptEnded& ended, model::JobId id,
                   std::optional<Duration> took) {
    Verdict verdict = verdict_of(ended.outcome, id, took);
    if (ended.usage) {
        constexpr double kib_in_mib = 1024;
        const Duration cpu = ended.usage->user + ended.usage->system;
        verdict.text += fmt::format("; cpu {}, peak {:.1f} MiB", human_duration(cpu),
                                    static_cast<double>(ended.usage->memory) / kib_in_mib);
    }
    if (ended.cut.total() > 0) {
        verdict.text += fmt::format("; {} of its output were cut", human_bytes(ended.cut.total()));
    }
    if (ended.next_try) {
        verdict.word = "failed";
        verdict.colour = kYellow;
        verdict.text += fmt::format("; try {} of {}", ended.next_try->number, ended.next_try->most);
        if (ended.next_try->delay > Duration::zero()) {
            verdict.text += " in " + human_duration(ended.next_try->delay);
        }
    }
    return verdict;
}

std::string stop_text(StopFacts facts) {
    std::sort(facts.running.begin(), facts.running.end(),
              [](const RunningJob& a, const RunningJob& b) { return a.job < b.job; });
    const std::size_t count = facts.running.size();
    if (facts.grade >= 3) {
        std::string text = "leaving at once";
        if (count > 0) text += fmt::format(", without waiting for {}", counted(count, "job"));
        if (facts.left_running > 0) {
            text += fmt::format("; {} {} left running", counted(facts.left_running, "job"),
                                facts.left_running == 1 ? "is" : "are");
        }
        return text + "\n";
    }
    if (facts.grade == 2) {
        std::string text =
            fmt::format("ending {}: TERM now, KILL after {}{}. Ctrl-C{} leaves at once.\n",
                        counted(count, "job"), grace_text(facts.grace),
                        facts.has_own_graces ? " or the job's own grace" : "",
                        facts.cause == StopCause::interrupt ? " again" : "");
        if (facts.has_remote) {
            text +=
                "  Over SSH without the shim, a command that the signals do not reach (that of "
                "root, "
                "say) may go on running there.\n";
        }
        return text;
    }
    return first_stop_text(facts);
}

}  // namespace remuda::output
