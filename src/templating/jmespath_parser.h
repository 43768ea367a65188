// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "templating/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::templating {

/// A parsed JMESPath expression.
struct Query {
    enum class Kind {
        /// `@`, or nothing
        current,
        /// `text`
        field,
        literal,
        /// The second part in the result of the first: `a.b`, `a | b`, `a[0]`.
        chain,
        /// `[numbers[0]]`
        index,
        /// `[numbers[0]:numbers[1]:numbers[2]]`
        slice,
        /// The second part in each item, each member of the result of the first.
        of_items,
        of_members,
        /// The third part decides which items.
        of_some_items,
        flatten,
        /// `[a, b]`
        list,
        /// `{names[0]: a}`
        object,
        any,
        all,
        negated,
        /// `text` is the operator.
        comparison,
        /// `text(...)`
        function,
        /// `&a`
        reference,
    };

    Kind kind = Kind::current;
    std::vector<Query> parts;
    std::string text;
    Value value;
    std::vector<std::optional<std::int64_t>> numbers;
    std::vector<std::string> names;
};

/// At most 500 parts, so that walking the query cannot exhaust the stack.
[[nodiscard]] Result<Query> parse_jmespath(std::string_view text);

}  // namespace remuda::templating
