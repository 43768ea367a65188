// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"
#include "templating/ast.h"

#include <string>
#include <variant>

namespace remuda::templating {

/// The text of `statements` with `data` filled in, or the first fault.
[[nodiscard]] std::variant<std::string, Fault> render_statements(const Statements& statements,
                                                                 const Data& data, Unknown unknown,
                                                                 const Machine& machine);

}  // namespace remuda::templating
