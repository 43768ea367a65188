// SPDX-License-Identifier: MIT
//
// A job: one command of an entry with one value of each parameter. Plain values.
#pragma once

#include "remuda/model/fleet.h"
#include "remuda/model/ids.h"

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

/// Options of the job itself, from the entry's `job:` mapping.
struct JobOptions {
    /// Shown instead of the command where it is set.
    std::string name;

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
