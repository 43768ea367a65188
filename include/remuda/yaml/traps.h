// SPDX-License-Identifier: MIT
//
// Traps: text that YAML reads otherwise than somebody who writes shell commands means it.
//
//   - make test  # with asan      the comment is no part of the command      find_traps
//   - make                        two lines fold into one command            find_traps
//    - test
//   - echo a: b                   a mapping with the key 'echo a'            meant_as_text
//   - [ -f x ]                    a list with one element                    meant_as_text
//   -make                         the file is one scalar, no list            report_no_list
//
// What YAML refuses altogether (`- @x`, `- "a" b`, `- {{ x }} y`) is reported by parse() with the
// same remedies; so is `- {{ x }}`, which it then hands on as text.
#pragma once

#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/node.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::yaml {

/// Warns of what is suspicious in `item`, a scalar that is used as text, or a sequence of them;
/// says nothing of mappings. `what` names such a scalar in the messages: "command", "host".
void find_traps(const Source& source, const Node& item, std::string_view what,
                Diagnostics& diagnostics);

/// The error to report for a list item that came out as a mapping or a sequence and was probably
/// meant as text; nothing for a scalar and for a mapping that looks meant: one with a key that is
/// in `reserved` or near to one of them, or with a first key without blanks before further keys or
/// before a list.
[[nodiscard]] std::optional<Diagnostic> meant_as_text(const Source& source, const Node& item,
                                                      std::string_view what,
                                                      const std::vector<std::string>& reserved);

/// Reports that the file's top level is no list of `plural` ("hosts", "commands"). To be called
/// with a root that is no sequence.
void report_no_list(const Source& source, const Node& root, std::string_view plural,
                    Diagnostics& diagnostics);

}  // namespace remuda::yaml
