// SPDX-License-Identifier: MIT
//
// Changes of a store by others than its runs: jobs put back, runs asked to cancel, old ones
// forgotten.
#pragma once

#include "remuda/base/result.h"
#include "remuda/history/store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace remuda::history {

/// The file that is touched whenever something is asked of a run.
[[nodiscard]] std::string requests_path(const std::string& state_directory);

/// Notes down that these jobs are put back into the queue by hand, so that nobody takes them for
/// repeats, and lets `put_back` do it; all or nothing, as long as this process lives. It is noted
/// down, safely, that they may be there before `put_back` is called, and that they are behind it:
/// if this process is killed in between, JobRecord::may_be_put_back tells. To be called under the
/// lock of the queue.
[[nodiscard]] Result<void> retry_jobs(const std::string& state_directory,
                                      const std::vector<JobKey>& jobs, std::int64_t now_ms,
                                      const std::function<Result<void>()>& put_back);

/// Asks the runs of these jobs to cancel them.
[[nodiscard]] Result<void> ask_to_cancel(const std::string& state_directory,
                                         const std::vector<JobKey>& jobs, std::int64_t now_ms);
/// How many of these jobs their runs have not answered for yet.
[[nodiscard]] Result<std::size_t> unanswered(const std::string& state_directory,
                                             const std::vector<JobKey>& jobs);

struct Pruned {
    std::size_t runs = 0;
    std::size_t jobs = 0;
};
/// Forgets the runs that ended before this moment, with their jobs and logs. The latest run, that
/// of the last job, what a kept run has resumed, and dead runs that nobody has settled are kept.
[[nodiscard]] Result<Pruned> prune(const std::string& state_directory, std::int64_t before_ms);

}  // namespace remuda::history
