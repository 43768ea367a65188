// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/queue_file.h"
#include "cli/records.h"
#include "cli/results.h"
#include "cli/state_place.h"

namespace remuda::cli {

int show_jobs(const Options& options) {
    const Speaker speaker(options);
    auto records = open_records(options);
    if (!records) return speaker.fail(records.error());
    const auto jobs = jobs_of_numbers(*records, options.selection);
    if (!jobs) return speaker.fail(jobs.error());
    Results results(options);
    for (const history::JobRecord& job : *jobs) {
        const output::ListedJob item = listed(job, records->directory);
        if (options.json) {
            results.write(output::job_as_json(item));
            continue;
        }
        if (&job != &jobs->front()) results.write("\n");
        results.write(output::job_whole(item, wall_clock_ms()));
    }
    return results.exit_code();
}

}  // namespace remuda::cli
