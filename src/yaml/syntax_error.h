// SPDX-License-Identifier: MIT
//
// What libyaml says of a file that is no YAML, turned into a diagnostic with the remedy.
#pragma once

#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace remuda::yaml {

struct SyntaxError {
    /// "did not find expected '-' indicator"
    std::string problem;
    /// "while parsing a block collection"; may be empty.
    std::string context;
    /// Byte offsets.
    std::size_t at = 0;
    std::size_t context_at = 0;
    /// The bytes are no text that YAML allows.
    bool is_encoding = false;
};

void report_syntax_error(const Source& source, const SyntaxError& error, Diagnostics& diagnostics);

/// The bytes of list items and values that YAML does not take for the beginning of text, with what
/// it takes them for: '{' a mapping ...; empty where `c` begins text.
[[nodiscard]] std::string_view meaning_of_first(char c);

}  // namespace remuda::yaml
