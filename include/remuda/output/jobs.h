// SPDX-License-Identifier: MIT
//
// Jobs: what the store knows of jobs and runs, as `remuda history`, `show` and `status` show it,
// for people and for programs.
#pragma once

#include "remuda/model/outcome.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace remuda::output {

/// What is known of one stream of an attempt.
struct ListedOutput {
    /// Where it is kept; empty: nowhere.
    std::string path;
    /// Bytes that are kept there.
    std::uint64_t kept = 0;
    /// Bytes that were written, if that is known.
    std::optional<std::uint64_t> written;
};

struct ListedAttempt {
    std::uint64_t attempt = 0;
    std::string node;
    std::string command;
    std::vector<int> slots;
    /// Milliseconds since 1970-01-01 UTC, here and below.
    std::int64_t started_ms = 0;
    std::optional<std::int64_t> ended_ms;
    std::optional<model::Outcome> outcome;
    /// Nothing of it ran, and the job went elsewhere.
    bool is_refused = false;
    std::optional<model::Usage> usage;
    ListedOutput out;
    ListedOutput err;
    /// Its name on the host; empty: none.
    std::string key;
};

struct ListedJob {
    /// left: its run ended in order and left it (running, if an attempt has no outcome).
    enum class Stage { taken, running, ended, given_back, handed_on, left, unsettled };
    /// By which people call it.
    std::uint64_t number = 0;
    std::uint64_t run = 0;
    /// Its number within the run.
    std::uint64_t job = 0;
    /// On each node, in a run of `b`.
    bool is_broadcast = false;
    Stage stage = Stage::taken;
    std::optional<model::Outcome> outcome;
    /// The command of its entry.
    std::string command;
    std::string name;
    /// Its entry in canonical form.
    std::string entry;
    std::int64_t claimed_ms = 0;
    std::optional<std::int64_t> retried_ms;
    /// Somebody asked for it to be cancelled.
    bool is_unwanted = false;
    /// The job of an earlier run that it went on with, and the one that went on with it.
    std::optional<std::uint64_t> resumes;
    std::optional<std::uint64_t> goes_on_as;
    std::vector<ListedAttempt> attempts;
};

/// "running", "exit 3", "put back": what a job or an attempt comes to.
[[nodiscard]] std::string standing_of(const ListedJob& job);

/// A line for each job, below a head. `columns`: the width of the terminal, or 0 for no limit.
/// `now_ms`: for what runs.
[[nodiscard]] std::string jobs_table(const std::vector<ListedJob>& jobs, std::size_t columns,
                                     std::int64_t now_ms);
/// All that is known of one, in lines.
[[nodiscard]] std::string job_whole(const ListedJob& job, std::int64_t now_ms);

/// One JSON object with its line break (docs/json.md).
[[nodiscard]] std::string job_as_json(const ListedJob& job);
/// Comma-separated values, one line for each attempt, or one for a job without any; with \r\n, as
/// RFC 4180 says.
[[nodiscard]] std::string csv_head();
[[nodiscard]] std::string job_as_csv(const ListedJob& job);

struct ListedRun {
    std::uint64_t run = 0;
    std::string queue;
    /// "queue" or "broadcast".
    std::string mode;
    std::string machine;
    std::uint64_t pid = 0;
    std::string version;
    std::int64_t began_ms = 0;
    enum class Life {
        alive,
        /// It ended in order, and nobody has looked yet what became of the jobs that it left.
        left,
        /// It was killed, and nobody has looked yet what it left.
        unsettled,
    };
    Life life = Life::alive;
    /// Jobs that the queue file holds; absent: it cannot be read.
    std::optional<std::size_t> waiting;
    /// How many of its jobs have ended, and how many of them not well.
    std::size_t ended = 0;
    std::size_t failed = 0;
    /// Those that are taken, run, or are left.
    std::vector<ListedJob> jobs;
};

/// Runs that go on, or whose jobs nobody has settled, with what runs where since when.
[[nodiscard]] std::string runs_text(const std::vector<ListedRun>& runs, std::size_t columns,
                                    std::int64_t now_ms);
/// One JSON object with its line break; its jobs are objects of their own.
[[nodiscard]] std::string run_as_json(const ListedRun& run);

/// "2026-11-22 14:03:07", in the time zone of this machine.
[[nodiscard]] std::string local_time(std::int64_t ms);
/// "2026-11-22T13:03:07.123Z".
[[nodiscard]] std::string utc_time(std::int64_t ms);
/// "1.5 MiB".
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

}  // namespace remuda::output
