// SPDX-License-Identifier: MIT
#pragma once

#include "templating/helpers.h"

namespace remuda::templating {

Result<std::string> to_lower_case(Arguments arguments);
Result<std::string> to_upper_case(Arguments arguments);
/// White space as Unicode has it.
Result<std::string> trim(Arguments arguments);
Result<std::string> trim_start(Arguments arguments);
Result<std::string> trim_end(Arguments arguments);
/// All occurrences; an empty FROM changes nothing.
Result<std::string> replace(Arguments arguments);
/// The first character of SYMBOL (`"` if empty) on both sides; it and backslashes inside get a
/// backslash.
Result<std::string> quote(Arguments arguments);
/// Undoes `quote` for `"`, `'` and backticks; what is not quoted stays as it is.
Result<std::string> unquote(Arguments arguments);
/// The first argument that is a text and not empty.
Result<Value> first_non_empty(const Inputs& inputs);

}  // namespace remuda::templating
