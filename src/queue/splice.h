// SPDX-License-Identifier: MIT
//
// Splices: pieces of a queue file's text replaced, and the proof that what comes out is meant.
#pragma once

#include "remuda/base/result.h"
#include "remuda/queue/editing.h"
#include "remuda/yaml/source.h"

#include <string>
#include <string_view>
#include <vector>

namespace remuda::queue {

/// `text`, whole lines or nothing, takes the place of `replaced`.
struct Splice {
    yaml::Span replaced;
    std::string text;
};

/// The line break that new lines of `text` get.
[[nodiscard]] std::string_view line_break_of(std::string_view text);

/// `source` changed so that it holds `wanted`: by the first of `ways`, each in the order of the
/// file, whose result reads back so; else written anew in canonical form below its leading
/// comments.
[[nodiscard]] Result<Change> spliced(const yaml::Source& source,
                                     const std::vector<std::vector<Splice>>& ways,
                                     std::vector<Entry> wanted);

}  // namespace remuda::queue
