// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/templating/template.h"
#include "templating/ast.h"

#include <string_view>
#include <vector>

namespace remuda::templating {

/// `source` as it is written, and every fault of syntax in `faults`. After a fault the parser goes
/// on behind the tag that holds it. `parts`, if wanted: see parts_of.
[[nodiscard]] Statements parse_statements(std::string_view source, std::vector<Fault>& faults,
                                          std::vector<Part>* parts = nullptr);

/// Said wherever braces may have been meant for the shell.
inline constexpr const char* kLiteralBraces = "for a literal `{{` write `\\{{`";

}  // namespace remuda::templating
