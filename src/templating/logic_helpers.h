// SPDX-License-Identifier: MIT
#pragma once

#include "templating/helpers.h"

namespace remuda::templating {

/// Equal in type and value; a number and a text that reads as the same number are equal too, since
/// parameters are always text.
Result<Value> eq(const Inputs& inputs);
Result<Value> ne(const Inputs& inputs);
/// Of numbers, and of texts that read as such; anything else is an error.
Result<Value> gt(const Inputs& inputs);
Result<Value> gte(const Inputs& inputs);
Result<Value> lt(const Inputs& inputs);
Result<Value> lte(const Inputs& inputs);
Result<Value> all_of(const Inputs& inputs);
Result<Value> any_of(const Inputs& inputs);
Result<Value> negated(const Inputs& inputs);
/// Bytes of a text, items of a list, members of an object; 0 for the rest.
Result<Value> length(const Inputs& inputs);
/// The item or member; null if there is none.
Result<Value> lookup(const Inputs& inputs);
/// Nothing.
Result<Value> log_nothing(const Inputs& inputs);
/// Sets a variable of the root.
Result<Value> assign(const Inputs& inputs);

}  // namespace remuda::templating
