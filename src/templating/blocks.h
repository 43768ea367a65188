// SPDX-License-Identifier: MIT
//
// What the tag of a block means.
#pragma once

#include "templating/ast.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::templating {

/// A helper that is a block.
struct BlockHelper {
    enum class Kind {
        if_true,
        unless,
        each,
        with,
        /// What stands in it, as it is.
        raw,
        to_json,
        from_json,
        /// A condition such as `eq`.
        condition,
        /// `{{#x}}`: by the type of x, a loop, a context or a condition.
        section,
    };

    std::string_view name;
    Kind kind = Kind::section;
    std::size_t arguments = 1;
    /// The named argument that it takes; empty: none.
    std::string_view named;
    /// How many block parameters it may have.
    std::size_t parameters = 0;
    std::string_view usage;
};

/// The block of a head. `unknown`: the head calls a helper that is none, or does not exist.
struct BlockMeaning {
    const BlockHelper* helper = nullptr;
    /// nullptr where the head is no more than a name or value.
    const Call* call = nullptr;

    [[nodiscard]] bool is_known() const { return helper != nullptr; }
};

[[nodiscard]] BlockMeaning meaning_of(const Expression& head);
/// The block helper of that name, or nullptr.
[[nodiscard]] const BlockHelper* find_block(std::string_view name);
[[nodiscard]] std::vector<std::string> block_names();

}  // namespace remuda::templating
