// SPDX-License-Identifier: MIT
//
// The table of helpers. A new helper is one function and one row.
#pragma once

#include "remuda/base/result.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::templating {

/// Values of a call's arguments, as many as the helper's row allows.
using Arguments = std::span<const std::string>;

struct Helper {
    /// Any number of arguments from `least` on.
    static constexpr std::size_t kAny = static_cast<std::size_t>(-1);

    std::string_view name;
    std::size_t least = 1;
    std::size_t most = 1;
    /// How it is called: `replace TEXT FROM TO`.
    std::string_view usage;
    std::string_view summary;
    Result<std::string> (*run)(Arguments);
};

/// No value in a template may grow beyond this: `replace` within `replace` could otherwise take all
/// memory.
inline constexpr std::size_t kLongestValue = std::size_t{8} << 20;

/// All helpers, by topic.
[[nodiscard]] std::span<const Helper> helpers();
/// The helper of that name, or nullptr.
[[nodiscard]] const Helper* find_helper(std::string_view name);
[[nodiscard]] std::vector<std::string> helper_names();
/// Whether Handlebars or Pegasus have a helper of that name that is not here yet.
[[nodiscard]] bool is_future_helper(std::string_view name);

}  // namespace remuda::templating
