// SPDX-License-Identifier: MIT
#include "engine/slots.h"

#include <doctest/doctest.h>

using remuda::engine::can_hold;
using remuda::engine::SlotTable;
using remuda::model::AllocationPolicy;
using Slots = std::vector<int>;

namespace {

SlotTable table(int capacity, const Slots& taken = {}) {
    SlotTable slots(capacity);
    slots.take(taken);
    return slots;
}

Slots first_fit(const SlotTable& slots, int count) {
    return slots.choose({count, AllocationPolicy::first_fit});
}

Slots buddy(const SlotTable& slots, int count) {
    return slots.choose({count, AllocationPolicy::buddy});
}

}  // namespace

TEST_CASE("slots, example 1: first_fit fills pairs from the left") {
    CHECK(first_fit(table(8), 2) == Slots{0, 1});
    CHECK(first_fit(table(8, {0, 1}), 2) == Slots{2, 3});
    CHECK(first_fit(table(8), 8) == Slots{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("slots, example 2: first_fit prefers a block that starts at an even slot") {
    CHECK(first_fit(table(4, {0}), 2) == Slots{2, 3});
    CHECK(first_fit(table(8, {0, 1}), 4) == Slots{2, 3, 4, 5});
    CHECK(first_fit(table(4, {0}), 1) == Slots{2});
}

TEST_CASE("slots, example 3: first_fit takes any block when no even one is free") {
    CHECK(first_fit(table(5, {0, 4}), 3) == Slots{1, 2, 3});
    CHECK(first_fit(table(4, {0, 3}), 2) == Slots{1, 2});
    CHECK(first_fit(table(2, {0}), 1) == Slots{1});
}

TEST_CASE("slots, example 4: first_fit takes scattered slots when no block is free") {
    CHECK(first_fit(table(4, {0, 2}), 2) == Slots{1, 3});
    CHECK(first_fit(table(8, {1, 3, 5, 7}), 3) == Slots{0, 2, 4});
}

TEST_CASE("slots, example 5: first_fit gives nothing when too few slots are free") {
    CHECK(first_fit(table(4, {0, 1, 2}), 2).empty());
    CHECK(first_fit(table(4), 5).empty());
}

TEST_CASE("slots, example 6: buddy gives blocks aligned to their size") {
    CHECK(buddy(table(8), 2) == Slots{0, 1});
    CHECK(buddy(table(8, {0}), 2) == Slots{2, 3});
    CHECK(buddy(table(8, {0}), 4) == Slots{4, 5, 6, 7});
    CHECK(buddy(table(8, {0}), 1) == Slots{1});
}

TEST_CASE("slots, example 7: buddy has no fallback") {
    CHECK(buddy(table(8, {0, 4}), 4).empty());
    CHECK(buddy(table(4, {0, 3}), 2).empty());
    CHECK(buddy(table(6, {0}), 4).empty());
}

TEST_CASE("slots, example 8: buddy with no power of two never fits") {
    CHECK_FALSE(can_hold(8, {3, AllocationPolicy::buddy}));
    CHECK_FALSE(can_hold(8, {6, AllocationPolicy::buddy}));
    CHECK(can_hold(8, {8, AllocationPolicy::buddy}));
    CHECK(buddy(table(8), 3).empty());
    CHECK_FALSE(can_hold(8, {0, AllocationPolicy::first_fit}));
}

TEST_CASE("what fits is what would be chosen, for every table of eight slots") {
    for (int pattern = 0; pattern < 256; ++pattern) {
        Slots taken;
        for (int slot = 0; slot < 8; ++slot) {
            if ((pattern >> slot & 1) != 0) taken.push_back(slot);
        }
        const SlotTable slots = table(8, taken);
        for (int count = 0; count <= 9; ++count) {
            for (const auto policy : {AllocationPolicy::first_fit, AllocationPolicy::buddy}) {
                const Slots chosen = slots.choose({count, policy});
                CHECK(slots.fits({count, policy}) == !chosen.empty());
                for (const int slot : chosen)
                    CHECK_FALSE(slots.is_taken(slot));
            }
        }
    }
}

TEST_CASE("released slots are given again") {
    SlotTable slots = table(4, {0, 1, 2, 3});
    slots.release({2, 3});
    CHECK(slots.free() == 2);
    CHECK(buddy(slots, 2) == Slots{2, 3});
}
