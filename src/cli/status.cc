// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/queue_file.h"
#include "cli/records.h"
#include "cli/results.h"
#include "cli/state_place.h"
#include "remuda/base/fd.h"
#include "remuda/queue/queue.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

using history::JobFilter;
using history::JobRecord;
using history::Query;
using history::RunRecord;

using Life = output::ListedRun::Life;

constexpr std::size_t kLastEnded = 5;

// Nothing: all that it had is settled.
std::optional<Life> life_of(const RunRecord& run) {
    switch (run.life) {
        case RunRecord::Life::alive:
            return Life::alive;
        case RunRecord::Life::left:
            return Life::left;
        case RunRecord::Life::unsettled:
            return Life::unsettled;
        case RunRecord::Life::ended:
        case RunRecord::Life::killed:
            break;
    }
    return std::nullopt;
}

std::optional<std::size_t> jobs_in(const std::string& queue_file) {
    auto text = load_file(queue_file);
    if (!text) return std::nullopt;
    const yaml::Source source(queue_file, std::move(*text));
    yaml::Diagnostics diagnostics;
    std::size_t count = 0;
    for (const queue::Entry& entry : queue::parse_queue(source, diagnostics))
        count += queue::job_count(entry);
    return diagnostics.has_errors() ? std::nullopt : std::optional(count);
}

Result<output::ListedRun> listed_run(Records& records, const RunRecord& run, Life life) {
    output::ListedRun item;
    item.run = run.id.value;
    item.queue = run.queue;
    item.mode = run.mode;
    item.machine = run.machine;
    item.pid = run.pid;
    item.version = run.version;
    item.began_ms = run.began_ms;
    item.life = life;
    item.waiting = jobs_in(run.queue);
    JobFilter filter;
    filter.run = run.id;
    auto done =
        records.query->each_job(filter, Query::Order::oldest_first, [&](const JobRecord& job) {
            if (job.stage == JobRecord::Stage::ended) {
                ++item.ended;
                if (history::has_failed(job)) ++item.failed;
            } else {
                item.jobs.push_back(listed(job, records.directory));
            }
            return true;
        });
    if (!done) return done.error();
    return item;
}

// How many jobs run where.
std::string hosts_text(const std::vector<output::ListedRun>& runs) {
    std::map<std::string, std::size_t> running;
    for (const output::ListedRun& run : runs) {
        for (const output::ListedJob& job : run.jobs) {
            for (const output::ListedAttempt& attempt : job.attempts) {
                if (!attempt.outcome && run.life == Life::alive) ++running[attempt.node];
            }
        }
    }
    if (running.empty()) return "";
    std::string text = "busy nodes:";
    const char* before = " ";
    for (const auto& [node, count] : running) {
        text += fmt::format("{}{} ({})", before, node, count);
        before = ", ";
    }
    return text + "\n";
}

}  // namespace

int show_status(const Options& options) {
    const Speaker speaker(options);
    auto records = open_records(options);
    if (!records) return speaker.fail(records.error());
    const auto runs = records->query->runs();
    if (!runs) return speaker.fail(runs.error());
    std::vector<output::ListedRun> items;
    for (const RunRecord& run : *runs) {
        const auto life = life_of(run);
        if (!life) continue;
        auto item = listed_run(*records, run, *life);
        if (!item) return speaker.fail(item.error());
        items.push_back(std::move(*item));
    }
    std::ranges::reverse(items);
    JobFilter ended;
    ended.stage = JobRecord::Stage::ended;
    const auto last = records->query->last_jobs(ended, kLastEnded);
    if (!last) return speaker.fail(last.error());
    std::vector<output::ListedJob> last_items;
    last_items.reserve(last->size());
    for (const JobRecord& job : *last)
        last_items.push_back(listed(job, records->directory));

    Results results(options);
    if (options.json) {
        for (const output::ListedRun& run : items) {
            results.write(output::run_as_json(run));
            for (const output::ListedJob& job : run.jobs)
                results.write(output::job_as_json(job));
        }
        for (const output::ListedJob& job : last_items)
            results.write(output::job_as_json(job));
        return results.exit_code();
    }
    const std::int64_t now = wall_clock_ms();
    if (std::ranges::none_of(
            items, [](const output::ListedRun& run) { return run.life == Life::alive; })) {
        const auto waiting = jobs_in(records->queue);
        results.write(fmt::format("no remuda is running{}\n",
                                  waiting ? fmt::format("; {} in the queue", *waiting) : ""));
    }
    results.write(output::runs_text(items, results.columns(), now) + hosts_text(items));
    if (!last_items.empty()) {
        results.write("last ended:\n" + output::jobs_table(last_items, results.columns(), now));
    }
    return results.exit_code();
}

}  // namespace remuda::cli
