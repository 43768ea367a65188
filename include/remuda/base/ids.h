// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace remuda {

/// A number that names one thing of kind `Tag`; ids of different kinds do not mix.
template <class Tag>
struct Id {
    std::uint64_t value = 0;

    auto operator<=>(const Id&) const = default;
};

}  // namespace remuda

template <class Tag>
struct std::hash<remuda::Id<Tag>> {
    std::size_t operator()(const remuda::Id<Tag>& id) const noexcept {
        return std::hash<std::uint64_t>{}(id.value);
    }
};
