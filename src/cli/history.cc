// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/moment.h"
#include "cli/queue_file.h"
#include "cli/records.h"
#include "cli/results.h"
#include "cli/state_place.h"
#include "remuda/base/text.h"
#include "remuda/history/upkeep.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

using history::JobFilter;
using history::JobRecord;
using history::Query;

JobFilter filter_of(const Options& options) {
    JobFilter filter;
    filter.failed = options.failed_only;
    filter.node = options.node_pattern;
    filter.contains = options.contains;
    if (options.run) filter.run = history::RunId{*options.run};
    if (!options.since.empty()) filter.since_ms = parse_moment(options.since, wall_clock_ms());
    if (options.job_state == "running") filter.stage = JobRecord::Stage::running;
    if (options.job_state == "taken") filter.stage = JobRecord::Stage::taken;
    if (options.job_state == "ended") filter.stage = JobRecord::Stage::ended;
    if (options.job_state == "given-back") filter.stage = JobRecord::Stage::given_back;
    if (options.job_state == "handed-on") filter.stage = JobRecord::Stage::handed_on;
    if (options.job_state == "left") filter.stage = JobRecord::Stage::left;
    if (options.job_state == "unsettled") filter.stage = JobRecord::Stage::unsettled;
    return filter;
}

int export_history(const Options& options, Records& records, const Speaker& speaker) {
    Results results(options);
    const bool is_csv = options.format == "csv";
    // Commands are foreign text.
    const auto write = [&](const std::string& text) {
        if (!results.is_terminal() || !is_csv) return results.write(text);
        std::string_view rest = text;
        while (!rest.empty()) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            results.write(sanitised(line, false) + "\n");
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        }
    };
    if (is_csv) write(output::csv_head());
    auto done = records.query->each_job(
        filter_of(options), Query::Order::oldest_first, [&](const JobRecord& job) {
            const output::ListedJob item = listed(job, records.directory);
            write(is_csv ? output::job_as_csv(item) : output::job_as_json(item));
            return !results.is_closed();
        });
    if (!done) return speaker.fail(done.error());
    return results.exit_code();
}

int prune_history(const Options& options, const Records& records, const Speaker& speaker) {
    const auto before = parse_moment(options.older_than, wall_clock_ms());
    if (!before) return kFileError;
    const auto pruned = history::prune(records.directory, *before);
    if (!pruned) return speaker.fail(pruned.error());
    speaker.say(fmt::format("forgot {} {} with {} {}", pruned->runs,
                            pruned->runs == 1 ? "run" : "runs", pruned->jobs,
                            pruned->jobs == 1 ? "job" : "jobs"));
    return 0;
}

}  // namespace

int show_history(const Options& options) {
    const Speaker speaker(options);
    auto records = open_records(options);
    if (!records) return speaker.fail(records.error());
    if (options.history_action == "export") return export_history(options, *records, speaker);
    if (options.history_action == "prune") return prune_history(options, *records, speaker);
    const auto jobs = records->query->last_jobs(filter_of(options), options.most_jobs);
    if (!jobs) return speaker.fail(jobs.error());
    std::vector<output::ListedJob> items;
    items.reserve(jobs->size());
    for (const JobRecord& job : *jobs)
        items.push_back(listed(job, records->directory));
    Results results(options);
    if (options.json) {
        for (const output::ListedJob& item : items)
            results.write(output::job_as_json(item));
    } else {
        results.write(output::jobs_table(items, results.columns(), wall_clock_ms()));
        if (items.empty()) speaker.say("no such job");
    }
    return results.exit_code();
}

}  // namespace remuda::cli
