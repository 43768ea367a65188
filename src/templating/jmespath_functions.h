// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "templating/value.h"

#include <functional>
#include <string>
#include <vector>

namespace remuda::templating {

/// An argument of a JMESPath function: a value, or `&expression`.
struct QueryArgument {
    Value value;
    /// Of `&expression`: its result in a value.
    std::function<Result<Value>(const Value&)> reference;
};

[[nodiscard]] Result<Value> call_query_function(const std::string& name,
                                                const std::vector<QueryArgument>& arguments);
/// As JMESPath has it: 0 is true.
[[nodiscard]] bool is_query_true(const Value& value);

}  // namespace remuda::templating
