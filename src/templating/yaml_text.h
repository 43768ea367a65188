// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "templating/value.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace remuda::templating {

/// All of `text`, one YAML document, as a value; null if it holds none. Plain scalars mean what
/// YAML 1.2 says (`yes` and `007` are texts), names of members are texts however they are written,
/// `<<` is a name like any other. The error names line and column; two members of one name, tags
/// beside those of JSON's types and copies (`*alias`) of more than 8 MiB of text are errors.
[[nodiscard]] Result<Value> parse_yaml(std::string_view text);

/// `value` as YAML in block style, with a line break at its end. Texts that some reader might take
/// for something else are quoted. Fails if that takes more than `longest` bytes.
[[nodiscard]] Result<std::string> yaml_text(const Value& value, std::size_t longest);

/// What a plain scalar means: null, true or false, a number, or a text.
[[nodiscard]] Value meaning_of_plain(std::string_view scalar);

}  // namespace remuda::templating
