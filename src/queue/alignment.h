// SPDX-License-Identifier: MIT
//
// Alignment: which elements of two sequences are the same ones, as diff finds it: pairs of equal
// elements that do not cross, as many as can be (in long sequences that differ much: many).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace remuda::queue {

/// Elements are numbers; equal ones are the same.
using Sequence = std::vector<std::size_t>;
/// For each element of the first sequence, the index of its partner in the second.
using Partners = std::vector<std::optional<std::size_t>>;

/// Of equal elements in the first sequence the earlier ones get a partner.
[[nodiscard]] Partners aligned_early(const Sequence& first, const Sequence& second);
/// The later ones do.
[[nodiscard]] Partners aligned_late(const Sequence& first, const Sequence& second);

}  // namespace remuda::queue
