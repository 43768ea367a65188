// SPDX-License-Identifier: MIT
#include "queue/alignment.h"

#include "support/seed.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <doctest/doctest.h>

using namespace remuda::queue;

namespace {

constexpr std::size_t kNone = 99;

Sequence plain(const Partners& partners) {
    Sequence numbers;
    for (const auto& partner : partners)
        numbers.push_back(partner.value_or(kNone));
    return numbers;
}

bool is_alignment(const Sequence& first, const Sequence& second, const Partners& partners) {
    std::optional<std::size_t> last;
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (!partners[i]) continue;
        if (*partners[i] >= second.size() || second[*partners[i]] != first[i]) return false;
        if (last && *partners[i] <= *last) return false;
        last = partners[i];
    }
    return true;
}

std::size_t count(const Partners& partners) {
    return static_cast<std::size_t>(
        std::ranges::count_if(partners, [](const auto& partner) { return partner.has_value(); }));
}

}  // namespace

TEST_CASE("of the same elements the early or the late ones get a partner") {
    CHECK(plain(aligned_early({1, 1, 2}, {1, 2})) == Sequence{0, kNone, 1});
    CHECK(plain(aligned_late({1, 1, 2}, {1, 2})) == Sequence{kNone, 0, 1});
    CHECK(plain(aligned_early({1, 2, 3}, {3, 1, 2})) == Sequence{1, 2, kNone});
    CHECK(plain(aligned_early({}, {1})).empty());
    CHECK(plain(aligned_late({1}, {})) == Sequence{kNone});
}

TEST_CASE("both ways find as many pairs as there can be") {
    const auto seed = static_cast<unsigned>(remuda::test::seed());
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto sequence = [&] {
        Sequence numbers(random() % 12);
        for (std::size_t& number : numbers)
            number = random() % 4;
        return numbers;
    };
    for (int round = 0; round < 500; ++round) {
        const Sequence first = sequence();
        const Sequence second = sequence();
        const Partners early = aligned_early(first, second);
        const Partners late = aligned_late(first, second);
        CHECK(is_alignment(first, second, early));
        CHECK(is_alignment(first, second, late));
        CHECK(count(early) == count(late));
    }
}

TEST_CASE("long sequences that differ much are aligned by what is there once") {
    Sequence first(20'000);
    std::iota(first.begin(), first.end(), 0);
    Sequence second = first;
    // Every tenth is gone, and the rest is doubled at the end.
    std::erase_if(second, [](std::size_t number) { return number % 10 == 0; });
    second.insert(second.begin(), 50'000);
    second.push_back(50'001);
    const Partners partners = aligned_early(first, second);
    CHECK(is_alignment(first, second, partners));
    CHECK(count(partners) == 18'000);
    const Sequence reversed(first.rbegin(), first.rend());
    CHECK(is_alignment(first, reversed, aligned_early(first, reversed)));
}
