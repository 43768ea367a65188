// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"
#include "templating/ast.h"

#include <string>
#include <variant>
#include <vector>

namespace remuda::templating {

/// The text of `statements` with `data` filled in, or the first fault.
[[nodiscard]] std::variant<std::string, Fault> render_statements(
    const std::vector<Statement>& statements, const Data& data);

}  // namespace remuda::templating
