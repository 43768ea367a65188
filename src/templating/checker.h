// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"
#include "templating/ast.h"

#include <string>
#include <vector>

namespace remuda::templating {

/// Faults that do not depend on values: unknown variables and helpers, wrong numbers of arguments.
[[nodiscard]] std::vector<Fault> check_statements(const std::vector<Statement>& statements,
                                                  const std::vector<std::string>& names);

/// The fault of a variable that is none of `names`.
[[nodiscard]] Fault unknown_variable(const Expression& expression, const Variable& variable,
                                     const std::vector<std::string>& names);
/// The fault of a call of a helper that does not exist or is given the wrong number of arguments.
/// Returns false if the call is right.
[[nodiscard]] bool is_wrong_call(const Expression& expression, const Call& call, Fault& fault);

}  // namespace remuda::templating
