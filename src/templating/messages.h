// SPDX-License-Identifier: MIT
//
// The faults of names and calls, which checking and rendering share.
#pragma once

#include "remuda/templating/template.h"
#include "templating/ast.h"
#include "templating/blocks.h"
#include "templating/helpers.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::templating {

/// A name of any length within a message.
[[nodiscard]] std::string shown(std::string_view name);
/// The path as it is written, or nearly so.
[[nodiscard]] std::string written(const Path& path);

/// A variable of the root that is none of `names`.
[[nodiscard]] Fault unknown_variable(const Expression& expression, const Path& path,
                                     const std::vector<std::string>& names);
/// A path that leads nowhere within a value. `reason`: why; may be empty.
[[nodiscard]] Fault unknown_member(const Expression& expression, const Path& path,
                                   std::string reason);
/// What is wrong with a call of a helper, but for its arguments' values; nothing if it is right.
[[nodiscard]] std::optional<Fault> wrong_call(const Expression& expression, const Call& call);
/// What is wrong with the head of a block that has so many block parameters.
[[nodiscard]] std::optional<Fault> wrong_block(const Expression& head, std::size_t parameters,
                                               const BlockMeaning& meaning);
/// A helper refused its arguments.
[[nodiscard]] Fault failed_call(const Expression& expression, const Call& call, const Error& error);
/// `each` is given something else than a list or object.
[[nodiscard]] Fault no_list(const Expression& expression, const char* kind);

}  // namespace remuda::templating
