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
#include <utility>
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

/// When an attempt that failed is made again, and how often.
struct Retry {
    /// Further attempts, after the first one.
    int most = 0;
    /// Before the first of them; it doubles with each, up to `longest_delay`, and is drawn from the
    /// upper half of that.
    Duration delay{std::chrono::seconds(1)};
    Duration longest_delay{std::chrono::minutes(5)};
    /// Exit codes; empty: every one but 0, and signals too.
    std::vector<int> on_codes;
    bool on_lost = true;
    bool on_timeout = true;

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
    std::optional<Retry> retry;
    /// Added to the environment of the login, in order.
    Parameters environment;
    /// Where it runs; the home where empty.
    std::string directory;
    /// What it reads on stdin: this text, or the content of this file of the controller's.
    std::optional<std::string> input;
    std::string input_file;
    /// Run by `sudo -n`.
    bool is_root = false;
    /// -20 to 19.
    int nice = 0;
    /// Bytes; see docs/protocol/shim.md.
    std::optional<std::uint64_t> output_limit;

    bool operator==(const JobOptions&) const = default;
};

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
