// SPDX-License-Identifier: MIT
//
// DeadRuns: which runs have been killed, what they have left, and keeping others from settling the
// same.
#pragma once

#include "history/liveness.h"
#include "history/sqlite.h"
#include "history/state_directory.h"
#include "remuda/history/store.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace remuda::history {

class DeadRuns {
  public:
    /// `directory` holds the locks of runs. `database` outlives it.
    DeadRuns(Database& database, std::string directory, FileSystem file_system);

    struct Run {
        RunId id;
        std::string machine;
        std::string boot;
        std::uint64_t first_job = 0;
        bool is_queue = false;
    };
    /// Takes the run's lock and keeps it, if it was killed and nobody else is settling it.
    [[nodiscard]] Result<bool> hold(const Run& run);

    /// The unsettled jobs of dead runs of this queue, but for those of `own`.
    [[nodiscard]] Result<std::vector<LeftJob>> jobs(const std::string& queue, RunId own);
    /// Its verdict was told.
    void settled(const LeftJob& job);
    /// Dead runs without unsettled jobs, once each.
    [[nodiscard]] std::vector<RunId> take_settled_runs();
    /// The run is marked as ended: nobody needs its lock any more.
    void buried(RunId run);

    [[nodiscard]] const std::string& boot() const { return boot_; }

  private:
    struct Held {
        RunLock lock;
        /// Found and not settled yet; unknown before the jobs were looked for.
        std::optional<std::set<JobKey>> unsettled;
        bool is_told = false;
    };
    [[nodiscard]] Result<std::vector<Run>> unended(const std::string& queue, RunId own);
    [[nodiscard]] Result<bool> has_ended(RunId run);
    [[nodiscard]] Result<void> find_jobs(const Run& run, Held& held, std::vector<LeftJob>& found);
    [[nodiscard]] Result<void> find_attempts(LeftJob& job);
    [[nodiscard]] Result<void> count_earlier_tries(LeftJob& job);

    Database& database_;
    std::string directory_;
    FileSystem file_system_;
    std::string boot_;
    std::string machine_;
    std::map<RunId, Held> held_;
};

}  // namespace remuda::history
