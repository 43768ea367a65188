// SPDX-License-Identifier: MIT
//
// The algorithm lists of ssh_config(5), with their +, - and ^, as lists for the library.
#pragma once

#include <string>
#include <string_view>

namespace remuda::ssh {

struct AlgorithmChoice {
    /// Comma-separated, of `usual` alone; empty if nothing is left.
    std::string list;
    /// The first algorithm that was asked for beyond ssh's own and that the library does not have:
    /// by a +, or one that ssh offers only if it is told to. The host will need it. Empty: none.
    std::string missing;
};

/// `wanted` as ssh_config gives it; `usual` is what the library offers otherwise. `keeps_order`:
/// the order is ours, and `wanted` says only what is allowed.
[[nodiscard]] AlgorithmChoice choose_algorithms(std::string_view wanted, std::string_view usual,
                                                bool keeps_order);

}  // namespace remuda::ssh
