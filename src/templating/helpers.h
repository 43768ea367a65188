// SPDX-License-Identifier: MIT
//
// The table of helpers. A new helper is one function and one row.
#pragma once

#include "remuda/base/result.h"
#include "remuda/templating/machine.h"
#include "templating/value.h"

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remuda::templating {

/// Values of a call's arguments as text, as many as the helper's row allows.
using Arguments = std::span<const std::string>;
/// What `assign` has set.
using Assigned = std::map<std::string, Value, std::less<>>;

/// What a helper is given.
struct Inputs {
    std::span<const Value> arguments;
    /// Named arguments.
    std::span<const std::pair<std::string_view, Value>> named;
    const Machine& machine;
    Assigned& assigned;
};

struct Helper {
    /// Any number of arguments from `least` on.
    static constexpr std::size_t kAny = static_cast<std::size_t>(-1);

    std::string_view name;
    std::size_t least = 1;
    std::size_t most = 1;
    /// How it is called: `replace TEXT FROM TO`.
    std::string_view usage;
    std::string_view summary;
    /// One of these two. The first is given its arguments as text and computes from them alone.
    Result<std::string> (*text)(Arguments) = nullptr;
    Result<Value> (*value)(const Inputs&) = nullptr;
    /// The named argument that it takes; empty: none.
    std::string_view named;
    /// Its value depends on the arguments alone.
    bool is_pure = true;
    /// It gives true or false, and may be a block.
    bool is_condition = false;
};

/// No value in a template may grow beyond this: `replace` within `replace` could otherwise take all
/// memory.
inline constexpr std::size_t kLongestValue = std::size_t{8} << 20;

/// All helpers, by topic.
[[nodiscard]] std::span<const Helper> helpers();
/// The helper of that name, or nullptr.
[[nodiscard]] const Helper* find_helper(std::string_view name);
[[nodiscard]] std::vector<std::string> helper_names();
/// Why a helper of Pegasus or Handlebars is not here; empty if `name` is none.
[[nodiscard]] std::string_view missing_helper(std::string_view name);
/// Calls it. The number of arguments has been checked.
[[nodiscard]] Result<Value> run_helper(const Helper& helper, const Inputs& inputs);

/// `format=`, "json" if it is not given.
[[nodiscard]] std::string_view format_of(const Inputs& inputs);

}  // namespace remuda::templating
