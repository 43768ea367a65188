// SPDX-License-Identifier: MIT
#pragma once

#include "templating/ast.h"

#include <vector>

namespace remuda::templating {

/// Applies Handlebars' rules of white space: `~` takes all white space on its side; a comment that
/// is alone on its line takes the line with it. Comments are gone afterwards.
void apply_whitespace_control(std::vector<Statement>& statements);

}  // namespace remuda::templating
