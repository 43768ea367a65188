// SPDX-License-Identifier: MIT
#pragma once

#include "templating/ast.h"

namespace remuda::templating {

/// Applies Handlebars' rules of white space: `~` takes all white space on its side; a comment or a
/// tag of a block that is alone on its line takes the line with it. Comments are gone afterwards.
void apply_whitespace_control(Statements& statements);

}  // namespace remuda::templating
