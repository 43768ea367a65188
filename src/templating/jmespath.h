// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "templating/value.h"

#include <string_view>

namespace remuda::templating {

/// What the JMESPath expression `query` finds in `data`.
[[nodiscard]] Result<Value> run_jmespath(std::string_view query, const Value& data);

}  // namespace remuda::templating
