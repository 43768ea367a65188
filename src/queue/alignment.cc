// SPDX-License-Identifier: MIT
#include "queue/alignment.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>

namespace remuda::queue {

namespace {

// A table of so many cells takes 16 MiB.
constexpr std::size_t kMostCells = std::size_t{1} << 22U;

struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const { return end - begin; }
};

class Aligner {
  public:
    Aligner(const Sequence& first, const Sequence& second)
        : first_(first), second_(second), partners_(first.size()) {}

    void align(Range a, Range b) {
        for (; a.size() > 0 && b.size() > 0 && first_[a.begin] == second_[b.begin];)
            partners_[a.begin++] = b.begin++;
        for (; a.size() > 0 && b.size() > 0 && first_[a.end - 1] == second_[b.end - 1];)
            partners_[--a.end] = --b.end;
        if (a.size() == 0 || b.size() == 0) return;
        if (a.size() <= kMostCells / b.size()) {
            align_by_table(a, b);
        } else {
            align_by_anchors(a, b);
        }
    }

    [[nodiscard]] Partners partners() && { return std::move(partners_); }

  private:
    // The longest common subsequence.
    void align_by_table(Range a, Range b) {
        const std::size_t width = b.size() + 1;
        // lengths[i * width + j]: of the elements from i and from j on.
        std::vector<std::uint32_t> lengths((a.size() + 1) * width, 0);
        for (std::size_t i = a.size(); i-- > 0;) {
            for (std::size_t j = b.size(); j-- > 0;) {
                const bool is_same = first_[a.begin + i] == second_[b.begin + j];
                lengths[i * width + j] =
                    is_same ? 1 + lengths[(i + 1) * width + j + 1]
                            : std::max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
            }
        }
        for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
            if (first_[a.begin + i] == second_[b.begin + j]) {
                partners_[a.begin + i++] = b.begin + j++;
            } else if (lengths[(i + 1) * width + j] > lengths[i * width + j + 1]) {
                ++i;
            } else {
                ++j;
            }
        }
    }

    // Elements that are there once in both, as many of them as are in the same order, divide the
    // rest into shorter pieces.
    void align_by_anchors(Range a, Range b) {
        const auto anchors = rising(unique_in_both(a, b));
        if (anchors.empty()) return;
        Range left_a{a.begin, a.begin};
        Range left_b{b.begin, b.begin};
        for (const auto& [i, j] : anchors) {
            partners_[i] = j;
            left_a.end = i;
            left_b.end = j;
            align(left_a, left_b);
            left_a.begin = i + 1;
            left_b.begin = j + 1;
        }
        align({left_a.begin, a.end}, {left_b.begin, b.end});
    }

    using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

    [[nodiscard]] Pairs unique_in_both(Range a, Range b) const {
        struct Count {
            std::size_t in_first = 0;
            std::size_t in_second = 0;
            std::size_t at = 0;
        };
        std::unordered_map<std::size_t, Count> counts;
        for (std::size_t i = a.begin; i < a.end; ++i)
            ++counts[first_[i]].in_first;
        for (std::size_t j = b.begin; j < b.end; ++j) {
            Count& count = counts[second_[j]];
            ++count.in_second;
            count.at = j;
        }
        Pairs pairs;
        for (std::size_t i = a.begin; i < a.end; ++i) {
            const Count& count = counts[first_[i]];
            if (count.in_first == 1 && count.in_second == 1) pairs.emplace_back(i, count.at);
        }
        return pairs;
    }

    // A longest subsequence of `pairs` whose second indices rise.
    static Pairs rising(const Pairs& pairs) {
        std::vector<std::size_t> ends;  // of the best subsequence of each length, its last pair
        std::vector<std::size_t> before(pairs.size());
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            const auto place = std::ranges::lower_bound(
                ends, pairs[i].second, {}, [&](std::size_t end) { return pairs[end].second; });
            before[i] = place == ends.begin() ? i : *(place - 1);
            if (place == ends.end()) {
                ends.push_back(i);
            } else {
                *place = i;
            }
        }
        Pairs result(ends.size());
        std::size_t at = ends.empty() ? 0 : ends.back();
        for (std::size_t n = ends.size(); n-- > 0; at = before[at])
            result[n] = pairs[at];
        return result;
    }

    const Sequence& first_;
    const Sequence& second_;
    Partners partners_;
};

}  // namespace

Partners aligned_early(const Sequence& first, const Sequence& second) {
    Aligner aligner(first, second);
    aligner.align({0, first.size()}, {0, second.size()});
    return std::move(aligner).partners();
}

Partners aligned_late(const Sequence& first, const Sequence& second) {
    const Partners mirrored =
        aligned_early({first.rbegin(), first.rend()}, {second.rbegin(), second.rend()});
    Partners partners(first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        const auto& partner = mirrored[first.size() - 1 - i];
        if (partner) partners[i] = second.size() - 1 - *partner;
    }
    return partners;
}

}  // namespace remuda::queue
