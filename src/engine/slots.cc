// SPDX-License-Identifier: MIT
#include "engine/slots.h"

#include "remuda/base/check.h"

#include <bit>
#include <numeric>

namespace remuda::engine {

using model::AllocationPolicy;
using model::Needs;

bool can_hold(int capacity, const Needs& needs) {
    if (needs.slots < 1 || needs.slots > capacity) return false;
    return needs.policy != AllocationPolicy::buddy ||
           std::has_single_bit(static_cast<unsigned>(needs.slots));
}

SlotTable::SlotTable(int capacity)
    : taken_(static_cast<std::size_t>(capacity), false), free_(capacity) {}

std::vector<int> SlotTable::choose(const Needs& needs) const {
    if (!can_hold(capacity(), needs) || needs.slots > free_) return {};
    const bool is_buddy = needs.policy == AllocationPolicy::buddy;
    int start = first_block(needs.slots, is_buddy ? needs.slots : 2);
    if (start < 0 && !is_buddy) start = first_block(needs.slots, 1);

    std::vector<int> slots;
    if (start >= 0) {
        slots.resize(static_cast<std::size_t>(needs.slots));
        std::iota(slots.begin(), slots.end(), start);
    } else if (!is_buddy) {
        for (int slot = 0; static_cast<int>(slots.size()) < needs.slots; ++slot) {
            if (!is_taken(slot)) slots.push_back(slot);
        }
    }
    return slots;
}

bool SlotTable::fits(const Needs& needs) const {
    if (!can_hold(capacity(), needs) || needs.slots > free_) return false;
    if (needs.policy == AllocationPolicy::first_fit) return true;
    return first_block(needs.slots, needs.slots) >= 0;
}

void SlotTable::take(const std::vector<int>& slots) {
    for (const int slot : slots) {
        REMUDA_CHECK(slot >= 0 && slot < capacity() && !is_taken(slot));
        taken_[static_cast<std::size_t>(slot)] = true;
    }
    free_ -= static_cast<int>(slots.size());
}

void SlotTable::release(const std::vector<int>& slots) {
    for (const int slot : slots) {
        REMUDA_CHECK(slot >= 0 && slot < capacity() && is_taken(slot));
        taken_[static_cast<std::size_t>(slot)] = false;
    }
    free_ += static_cast<int>(slots.size());
}

int SlotTable::first_block(int size, int step) const {
    // One pass: `free_since` is where the run of free slots that ends before `slot` began.
    int free_since = 0;
    for (int slot = 0; slot < capacity(); ++slot) {
        if (is_taken(slot)) {
            free_since = slot + 1;
            continue;
        }
        const int start = (free_since + step - 1) / step * step;
        if (slot + 1 - start >= size) return start;
    }
    return -1;
}

}  // namespace remuda::engine
