// SPDX-License-Identifier: MIT
//
// Product: the jobs that an entry stands for, never all of them at once. Commands are the outermost
// loop, then parameters in document order; the last varies fastest.
#pragma once

#include "remuda/model/job.h"
#include "remuda/queue/queue.h"

#include <cstddef>
#include <vector>

namespace remuda::queue {

/// The entry's `n`-th job, counted from 0, without id and place. O(parameters).
[[nodiscard]] model::Job nth_job(const Entry& entry, std::size_t n);

/// Entries that stand for all jobs of `entry` but the first `count` (at least 1), in the same
/// order: at most one for each of its lists. Taking (c1, x1, y1) from c1..c2 * x1..x3 * y1..y2
/// leaves
///     c1 * x1 * y2,   c1 * x2..x3 * y1..y2,   c2 * x1..x3 * y1..y2
[[nodiscard]] std::vector<Entry> without_first_jobs(const Entry& entry, std::size_t count);

/// The entry that stands for the `n`-th job of `entry` and for those behind it that differ from it
/// in the innermost list with several values only. O(length of that list).
[[nodiscard]] Entry run_from(const Entry& entry, std::size_t n);

/// Whether `part` stands for the jobs of `whole` from the `n`-th on, as many as it has. As a rule:
/// false if they stand there in a form that is not one of taking from the front.
[[nodiscard]] bool is_slice(const Entry& whole, std::size_t n, const Entry& part);

/// An entry for the jobs of so many in a row.
struct Joined {
    Entry entry;
    std::size_t parts = 1;
};

/// Fewer entries, where it can be, for the same jobs in the same order: what run_from and
/// without_first_jobs have made of one entry becomes what the latter alone would make of it (with a
/// list of slots around another list, sometimes a few more).
[[nodiscard]] std::vector<Joined> joined(std::vector<Entry> entries);

/// The entry that stands for `job` alone.
[[nodiscard]] Entry entry_of(const model::Job& job);

/// `entry` in the form that reading gives: `slots` with a single value is no parameter but a need.
[[nodiscard]] Entry settled(Entry entry);

/// Whether both would run the same, wherever they came from.
[[nodiscard]] bool is_same_job(const model::Job& a, const model::Job& b);

/// Sum that stops at the largest value.
[[nodiscard]] std::size_t saturating_sum(std::size_t a, std::size_t b);

}  // namespace remuda::queue
