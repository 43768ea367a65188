// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"
#include "templating/ast.h"

#include <string>
#include <vector>

namespace remuda::templating {

/// Faults that do not depend on values: unknown variables and helpers, wrong arguments. Inside
/// `with` and `each` over values that only rendering knows, every name may be right.
[[nodiscard]] std::vector<Fault> check_statements(const Statements& statements,
                                                  const std::vector<std::string>& names,
                                                  Unknown unknown);

/// The variables of the root that are used, each once.
[[nodiscard]] std::vector<std::string> variables_of(const Statements& statements);

}  // namespace remuda::templating
