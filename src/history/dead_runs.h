// SPDX-License-Identifier: MIT
//
// DeadRuns: which runs have been killed, what they have left, and keeping others from settling the
// same.
#pragma once

#include "history/liveness.h"
#include "history/sqlite.h"
#include "history/state_directory.h"
#include "remuda/history/store.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace remuda::history {

class DeadRuns {
  public:
    using Pause = std::function<void(std::chrono::milliseconds)>;
    /// `directory` holds the locks of runs. `database` outlives it. `pause` is for tests.
    DeadRuns(Database& database, std::string directory, FileSystem file_system, Pause pause = {});

    struct Run {
        RunId id;
        std::string machine;
        std::string boot;
        long pid = 0;
        std::uint64_t first_job = 0;
        bool is_queue = false;
    };
    /// Takes the run's lock and keeps it, if it was killed and nobody else is settling it. Waits
    /// for the end of a process of this machine that is dying: 5 s in all, over all calls.
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
    [[nodiscard]] Result<std::optional<RunLock>> take_lock(const Run& run);
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
    Pause pause_;
    /// How long we may wait yet. A process that hangs in its death is not waited for at each look.
    std::chrono::milliseconds patience_;
    std::chrono::milliseconds patience_with_heirs_;
    std::map<RunId, Held> held_;
};

}  // namespace remuda::history
