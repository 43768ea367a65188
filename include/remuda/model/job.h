// SPDX-License-Identifier: MIT
//
// A job: one command of an entry with one value of each parameter. Plain values.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/fleet.h"
#include "remuda/model/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace remuda::model {

/// Which slots of a node a job is given.
enum class AllocationPolicy {
    /// An even-aligned contiguous block, else any contiguous block, else any free slots.
    first_fit,
    /// Power-of-two blocks aligned to their size, nothing else.
    buddy,
};

/// What a job needs to be placed.
struct Needs {
    int slots = 1;
    AllocationPolicy policy = AllocationPolicy::first_fit;

    bool operator==(const Needs&) const = default;
};

/// Exit codes from `first` to `last`.
struct CodeRange {
    int first = 0;
    int last = 0;

    bool operator==(const CodeRange&) const = default;
};

/// Which failures are worth another attempt. A success never is, nor what was cancelled or never
/// started.
struct RetryOn {
    /// A signal counts as 128 and its number, as shells tell it.
    std::vector<CodeRange> codes{{1, 255}};
    bool lost = true;
    bool timeout = true;

    bool operator==(const RetryOn&) const = default;
};

/// When an attempt that failed is made again, and how often.
struct Retry {
    /// Further attempts, after the first one.
    int most = 0;
    /// Before the first of them; it doubles with each, up to `longest_delay`, and is drawn from the
    /// upper half of that.
    Duration delay{std::chrono::seconds(1)};
    /// Or `delay`, where that is longer.
    Duration longest_delay{std::chrono::minutes(5)};
    RetryOn on;

    bool operator==(const Retry&) const = default;
};

/// Options of the job itself, from the entry's `job:` mapping. Where a member is absent the run's
/// own setting (an option of the command line) is used.
struct JobOptions {
    /// Shown instead of the command where it is set.
    std::string name;
    /// TERM then, and KILL after the grace time.
    std::optional<Duration> timeout;
    std::optional<Duration> grace;
    /// See Retry.
    std::optional<int> retries;
    std::optional<Duration> retry_delay;
    std::optional<RetryOn> retry_on;
    /// Added to the environment of the login, in order. Values are templates.
    Parameters environment;
    /// Where it runs; the home where empty. A template.
    std::string directory;
    /// What it reads on stdin: this text, or the content of this file of the controller's.
    /// Templates.
    std::optional<std::string> input;
    std::string input_file;
    /// Run by `sudo -n`.
    std::optional<bool> is_root;
    /// -20 to 19.
    std::optional<int> nice;
    /// Bytes; see docs/protocol/shim.md.
    std::optional<std::uint64_t> output_limit;
    /// All of them but the name, as they are written in the file: lines of YAML without
    /// indentation, ended by \n. For writing the job back; nothing is decided by it.
    std::string written;

    bool operator==(const JobOptions&) const = default;
};

/// `own`, and what it leaves out from `defaults`. The environment is that of both, `own` behind.
[[nodiscard]] JobOptions with_defaults(JobOptions own, const JobOptions& defaults);
/// The rule that `own` makes, with `defaults` for what it leaves out.
[[nodiscard]] Retry retry_of(const JobOptions& own, const JobOptions& defaults);

struct Job {
    JobId id;
    /// The command before templates are filled in.
    std::string command;
    Parameters parameters;
    Needs needs;
    JobOptions options;
    /// Where the command stands in the queue file at the moment it was taken.
    Place place;
    /// If not empty: broadcast runs it on these nodes alone. Queue mode ignores it.
    std::vector<NodeId> only;
};

}  // namespace remuda::model
