// SPDX-License-Identifier: MIT
#pragma once

#include "templating/helpers.h"

#include <optional>
#include <string>
#include <string_view>

namespace remuda::templating {

/// The value of a text in the format; of an empty text the empty text, as in Pegasus.
[[nodiscard]] Result<Value> read_format(std::string_view format, std::string_view text);
/// The value as text in the format; of null and of an empty text the empty text.
[[nodiscard]] Result<std::string> write_format(std::string_view format, const Value& value);

/// What is wrong with a format, or with a query, whatever it is applied to.
[[nodiscard]] std::optional<Error> wrong_format(std::string_view format);
[[nodiscard]] std::optional<Error> wrong_query(std::string_view query);
/// A text is no value that `json_query` could look into.
[[nodiscard]] Error query_in_text();

Result<Value> str_to_json(const Inputs& inputs);
Result<Value> json_to_str(const Inputs& inputs);
/// JMESPath over a value; a text, unless it is empty, is refused.
Result<Value> json_query(const Inputs& inputs);
/// JMESPath over a text; the result as text, strings in their quotes.
Result<Value> json_str_query(const Inputs& inputs);

}  // namespace remuda::templating
