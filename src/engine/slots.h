// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/job.h"

#include <cstddef>
#include <vector>

namespace remuda::engine {

/// Whether a node with `capacity` slots, all of them free, could hold a job with these needs.
[[nodiscard]] bool can_hold(int capacity, const model::Needs& needs);

/// The slots of one node: which are free, and which of them a job is given.
class SlotTable {
  public:
    explicit SlotTable(int capacity);

    /// The slots that a job with these needs is given, ascending; empty if it does not fit now.
    /// Takes nothing. first_fit: the first free block that starts at an even slot, else the first
    /// free block, else the first free slots. buddy: the first free block that starts at a multiple
    /// of its size, a power of two; nothing else.
    [[nodiscard]] std::vector<int> choose(const model::Needs& needs) const;
    /// Whether `choose` would give any. O(1) for first_fit.
    [[nodiscard]] bool fits(const model::Needs& needs) const;

    /// Takes free slots; gives taken ones back.
    void take(const std::vector<int>& slots);
    void release(const std::vector<int>& slots);

    [[nodiscard]] int capacity() const { return static_cast<int>(taken_.size()); }
    [[nodiscard]] int free() const { return free_; }
    [[nodiscard]] bool is_taken(int slot) const { return taken_[static_cast<std::size_t>(slot)]; }

  private:
    /// The start of the first free block of `size` slots that starts at a multiple of `step`, or
    /// -1.
    [[nodiscard]] int first_block(int size, int step) const;

    std::vector<bool> taken_;
    int free_;
};

}  // namespace remuda::engine
