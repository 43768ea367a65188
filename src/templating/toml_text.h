// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "templating/value.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace remuda::templating {

/// All of `text`, a TOML document, as an object with its members as they stand in the text. Dates
/// and times become texts. The error names line and column. Beyond 2 MiB, keys of 64 parts or 32
/// levels of lists and inline tables it is an error, too.
[[nodiscard]] Result<Value> parse_toml(std::string_view text);

/// `value` as a TOML document. In each table the values come first, then the tables, each of them
/// in the order of `value`. With `is_pretty` texts are in single quotes where they can be, and a
/// list of several items has a line for each. Fails if `value` is no object, if there is a null in
/// it, or if it takes more than `longest` bytes.
[[nodiscard]] Result<std::string> toml_text(const Value& value, bool is_pretty,
                                            std::size_t longest);

}  // namespace remuda::templating
