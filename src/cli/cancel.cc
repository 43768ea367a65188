// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/queue_file.h"
#include "cli/records.h"
#include "cli/state_place.h"
#include "remuda/history/upkeep.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

using history::JobRecord;

/// A run that is alive answers at once, unless it waits for whoever reads its output.
constexpr std::chrono::seconds kPatience{3};
constexpr std::chrono::milliseconds kBetweenLooks{20};

// How what may run of it is ended without its run. Receipts are named by their keys: a number is
// that of the run that started the job, and of jobs of other queues too.
std::string other_way(const JobRecord& job) {
    const auto open = std::ranges::find_if(job.attempts, [](const history::AttemptRecord& attempt) {
        return !attempt.outcome && !attempt.is_refused && !attempt.key.empty();
    });
    if (open == job.attempts.end()) return "";
    return fmt::format("; `remuda attach --cancel {}` ends it on its host", open->key);
}

// Why there is nothing to cancel; empty if there is.
std::string unfit(const JobRecord& job) {
    const std::uint64_t number = job.key.value;
    switch (job.stage) {
        case JobRecord::Stage::taken:
        case JobRecord::Stage::running:
            return "";
        case JobRecord::Stage::ended:
            return fmt::format("job {} has ended: {}", number,
                               job.outcome ? model::describe(*job.outcome) : "unknown");
        case JobRecord::Stage::given_back:
            return fmt::format(
                "job {} waits in the queue: `remuda list` shows it, `remuda rm` takes it out",
                number);
        case JobRecord::Stage::handed_on:
            return fmt::format("job {} goes on as job {}", number,
                               job.goes_on_as.value_or(history::JobKey{}).value);
        case JobRecord::Stage::left:
            return fmt::format(
                "no remuda is alive that job {} belongs to (run {} ended and left it): `remuda q` "
                "goes on with it, and can cancel it then{}",
                number, job.run.value, other_way(job));
        case JobRecord::Stage::unsettled:
            break;
    }
    return fmt::format(
        "no remuda is alive that job {} belongs to (run {} was killed): the next run of its queue "
        "finds out what became of it{}",
        number, job.run.value, other_way(job));
}

/// As which it goes on, however often it was gone on with.
Result<JobRecord> latest(Records& records, JobRecord job, const Speaker& speaker) {
    while (job.stage == JobRecord::Stage::handed_on && job.goes_on_as) {
        speaker.say(fmt::format("job {} goes on as job {}", job.key.value, job.goes_on_as->value));
        auto next = jobs_of_numbers(records, {fmt::format("{}", job.goes_on_as->value)});
        if (!next) return next.error();
        job = std::move(next->front());
    }
    return job;
}

Result<std::size_t> wait_for_answers(const std::string& directory,
                                     const std::vector<history::JobKey>& jobs) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        auto left = history::unanswered(directory, jobs);
        if (!left || *left == 0 || std::chrono::steady_clock::now() >= deadline) return left;
        std::this_thread::sleep_for(kBetweenLooks);
    }
}

}  // namespace

int cancel_jobs(const Options& options) {
    const Speaker speaker(options);
    auto records = open_records(options);
    if (!records) return speaker.fail(records.error());
    const auto jobs = jobs_of_numbers(*records, options.selection);
    if (!jobs) return speaker.fail(jobs.error());
    std::vector<history::JobKey> keys;
    std::vector<std::string> reasons;
    std::vector<history::JobKey> seen;
    for (const JobRecord& named : *jobs) {
        const auto job = latest(*records, named, speaker);
        if (!job) {
            reasons.push_back(job.error().text());
            continue;
        }
        if (std::ranges::find(seen, job->key) != seen.end()) continue;
        seen.push_back(job->key);
        if (std::string why = unfit(*job); !why.empty()) {
            reasons.push_back(std::move(why));
        } else {
            keys.push_back(job->key);
        }
    }
    if (!keys.empty()) {
        auto asked = history::ask_to_cancel(records->directory, keys, wall_clock_ms());
        if (!asked) return speaker.fail(asked.error());
    }
    for (const std::string& why : reasons)
        (void)speaker.fail(Error(Code::invalid_input, why));
    if (keys.empty()) return kFailed;
    const auto left = wait_for_answers(records->directory, keys);
    if (!left) return speaker.fail(left.error());
    if (*left > 0) {
        speaker.say(
            fmt::format("error: {} of {} {} could not be told to end yet: its run does not "
                        "answer (it may be stopped, or nobody reads its output)",
                        *left, keys.size(), keys.size() == 1 ? "job" : "jobs"));
        return kFailed;
    }
    speaker.say(
        fmt::format("{} {} told to end", keys.size(), keys.size() == 1 ? "job was" : "jobs were"));
    return reasons.empty() ? 0 : kFailed;
}

}  // namespace remuda::cli
