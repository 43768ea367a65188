// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/moment.h"
#include "cli/queue_file.h"
#include "cli/queue_lock.h"
#include "cli/records.h"
#include "cli/state_place.h"
#include "remuda/history/upkeep.h"
#include "remuda/queue/new_entry.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

using history::JobFilter;
using history::JobRecord;
using history::Query;

Result<queue::Entry> entry_of(const JobRecord& job) {
    yaml::Diagnostics diagnostics;
    const yaml::Source source(fmt::format("job {}", job.key.value), job.text);
    std::vector<queue::Entry> found = queue::parse_queue(source, diagnostics);
    if (diagnostics.has_errors() || found.size() != 1) {
        return Error(Code::invalid_input, fmt::format("job {}: its record is damaged, or that "
                                                      "of another version of remuda",
                                                      job.key.value));
    }
    return std::move(found.front());
}

/// What became of jobs that were put back before.
class PutBack {
  public:
    /// Under the lock of the queue.
    PutBack(Records& records, const Options& options) : records_(records) {
        auto text = load_file(options.queue_file);
        if (!text) return;
        yaml::Diagnostics diagnostics;
        waiting_ =
            queue::parse_queue(yaml::Source(options.queue_file, std::move(*text)), diagnostics);
    }
    /// Why it needs not be put back once more; empty if it is neither in the queue nor was taken.
    [[nodiscard]] Result<std::string> where_is(const JobRecord& job) const {
        if (!job.retried_ms) return std::string();
        const auto again = records_.query->taken_again(job);
        if (!again) return again.error();
        const std::string when = output::local_time(*job.retried_ms);
        if (const std::optional<history::JobKey>& taken = *again) {
            return fmt::format("job {} was put back already ({}), and taken again as job {}",
                               job.key.value, when, taken->value);
        }
        const auto entry = entry_of(job);
        if (!entry) return entry.error();
        const bool waits = std::ranges::any_of(waiting_, [&](const queue::Entry& other) {
            return queue::is_same_content(*entry, other);
        });
        if (!waits) return std::string();
        return fmt::format("job {} is in the queue already, put back {}", job.key.value, when);
    }

  private:
    Records& records_;
    std::vector<queue::Entry> waiting_;
};

// The failed jobs that nobody has put back yet: of the latest run, unless it is said of which.
Result<std::vector<JobRecord>> failed_jobs(Records& records, const Options& options,
                                           const PutBack& put_back) {
    JobFilter filter;
    filter.failed = true;
    filter.queue = records.queue;
    if (!options.since.empty()) {
        filter.since_ms = parse_moment(options.since, wall_clock_ms());
    } else if (options.run) {
        filter.run = history::RunId{*options.run};
    } else {
        const auto last = records.query->last_run(records.queue);
        if (!last) return last.error();
        if (!*last) return std::vector<JobRecord>();
        filter.run = *last;
    }
    std::vector<JobRecord> jobs;
    auto done = records.query->each_job(filter, Query::Order::oldest_first, [&](JobRecord& job) {
        if (!job.retried_ms || job.may_be_put_back) jobs.push_back(std::move(job));
        return true;
    });
    if (!done) return done.error();
    std::vector<JobRecord> left;
    for (JobRecord& job : jobs) {
        const auto where = put_back.where_is(job);
        if (!where) return where.error();
        if (where->empty()) left.push_back(std::move(job));
    }
    return left;
}

std::string unfit(const JobRecord& job, const Records& records) {
    if (job.queue != records.queue) {
        return fmt::format("job {} is of another queue; name that: remuda retry -Q {} {}",
                           job.key.value, job.queue, job.key.value);
    }
    switch (job.stage) {
        case JobRecord::Stage::ended:
            return "";
        case JobRecord::Stage::given_back:
            return fmt::format("job {} went back into the queue already", job.key.value);
        case JobRecord::Stage::handed_on:
            return fmt::format("job {} goes on as job {}", job.key.value,
                               job.goes_on_as.value_or(history::JobKey{}).value);
        case JobRecord::Stage::left:
            return fmt::format(
                "job {} was left by its run; `remuda q` goes on with it, and finds out first what "
                "became of it",
                job.key.value);
        case JobRecord::Stage::unsettled:
            return fmt::format(
                "job {}: its run was killed; `remuda q` finds out first what became of it",
                job.key.value);
        case JobRecord::Stage::taken:
        case JobRecord::Stage::running:
            break;
    }
    return fmt::format("job {} is under way; `remuda cancel {}` ends it", job.key.value,
                       job.key.value);
}

Result<std::vector<queue::Entry>> entries_of(const std::vector<JobRecord>& jobs) {
    std::vector<queue::Entry> entries;
    for (const JobRecord& job : jobs) {
        auto entry = entry_of(job);
        if (!entry) return entry.error();
        entries.push_back(std::move(*entry));
    }
    return entries;
}

}  // namespace

int retry_jobs(const Options& options) {
    const Speaker speaker(options);
    auto records = open_records(options);
    if (!records) return speaker.fail(records.error());
    // Before the jobs are looked at, so that two of us do not put back the same.
    const auto lock = take_lock(options, "remuda retry");
    if (!lock) return speaker.fail(lock.error());
    const PutBack put_back(*records, options);
    auto jobs = options.selection.empty() ? failed_jobs(*records, options, put_back)
                                          : jobs_of_numbers(*records, options.selection);
    if (!jobs) return speaker.fail(jobs.error());
    if (jobs->empty()) {
        speaker.say("no failed job is left to be put back");
        return 0;
    }
    std::vector<history::JobKey> keys;
    for (const JobRecord& job : *jobs) {
        if (const std::string why = unfit(job, *records); !why.empty()) {
            return speaker.fail(Error(Code::invalid_input, why));
        }
        const auto where = put_back.where_is(job);
        if (!where) return speaker.fail(where.error());
        if (!where->empty()) return speaker.fail(Error(Code::invalid_input, *where));
        keys.push_back(job.key);
    }
    const auto entries = entries_of(*jobs);
    if (!entries) return speaker.fail(entries.error());

    const auto end = options.at_front ? queue::End::front : queue::End::back;
    std::size_t in_queue = 0;
    auto done =
        history::retry_jobs(records->directory, keys, wall_clock_ms(), [&]() -> Result<void> {
            const auto change = edit_queue_file(options, speaker, [&](const yaml::Source& source) {
                return queue::with_entries(source, *entries, end);
            });
            if (!change) return change.error();
            for (const queue::Entry& entry : change->entries)
                in_queue += queue::job_count(entry);
            return {};
        });
    if (!done) {
        // The faults of the file were shown.
        if (done.error().text().empty()) return kFileError;
        return speaker.fail(done.error());
    }
    speaker.say(fmt::format("put {} {} back into {} ({} {} there now)", keys.size(),
                            keys.size() == 1 ? "job" : "jobs", options.queue_file, in_queue,
                            in_queue == 1 ? "job" : "jobs"));
    return 0;
}

}  // namespace remuda::cli
