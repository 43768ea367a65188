// SPDX-License-Identifier: MIT
//
// What the commands share that show and change what the store knows of jobs.
#pragma once

#include "cli/options.h"
#include "remuda/base/result.h"
#include "remuda/history/query.h"
#include "remuda/output/jobs.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::cli {

/// The store of the queue that the options name.
struct Records {
    std::string directory;
    /// Real path of the queue file.
    std::string queue;
    std::unique_ptr<history::Query> query;
};
/// Code::not_found with what can be done about it, if nothing was recorded yet.
[[nodiscard]] Result<Records> open_records(const Options& options);

/// Numbers of jobs: "12", "3-7".
[[nodiscard]] Result<std::vector<std::pair<std::uint64_t, std::uint64_t>>> parse_numbers(
    const std::vector<std::string>& words);

/// The jobs of these numbers and ranges, ascending. Each number that stands alone must exist, and
/// of a range some.
[[nodiscard]] Result<std::vector<history::JobRecord>> jobs_of_numbers(
    Records& records, const std::vector<std::string>& words);

/// For the output room. `directory`: of the store.
[[nodiscard]] output::ListedJob listed(const history::JobRecord& job, const std::string& directory);

}  // namespace remuda::cli
