// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "templating/value.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace remuda::templating {

/// All of `text` as JSON. The error names line and column.
[[nodiscard]] Result<Value> parse_json(std::string_view text);

/// A JSON value, strings in single quotes allowed too, at the start of `text`, and its length;
/// nothing if there is none.
[[nodiscard]] std::optional<std::pair<Value, std::size_t>> literal_at_start(std::string_view text);

/// `value` as JSON: on one line, or with a line for each part and two spaces of indentation.
/// Nothing if that takes more than `longest` bytes.
[[nodiscard]] std::optional<std::string> json_text(const Value& value, bool is_pretty,
                                                   std::size_t longest);

}  // namespace remuda::templating
