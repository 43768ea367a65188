// SPDX-License-Identifier: MIT
//
// Editing: a queue file's text with entries added or taken out. Pure: no file is touched. All other
// bytes stay, unless the file is of a kind whose entries cannot be cut out or added to (a list in
// brackets, say): then it is written anew in canonical form.
#pragma once

#include "remuda/base/result.h"
#include "remuda/queue/queue.h"
#include "remuda/yaml/source.h"

#include <cstddef>
#include <string>
#include <vector>

namespace remuda::queue {

struct Change {
    /// The file's new text. It was parsed again and holds exactly `entries`.
    std::string text;
    std::vector<Entry> entries;
    /// It was written anew in canonical form: of its comments those above the first entry stay.
    bool is_rewritten = false;
};

enum class End { front, back };

/// `source`, which has no faults, with `entry` before all others (behind the comments above the
/// first one) or behind them, with the indentation and line breaks of the file.
[[nodiscard]] Result<Change> with_entry(const yaml::Source& source, const Entry& entry, End end);

/// As `with_entry`, with several in this order.
[[nodiscard]] Result<Change> with_entries(const yaml::Source& source,
                                          const std::vector<Entry>& entries, End end);

/// `source`, which has no faults, without the entries of these indices (from 0, ascending, each
/// once). Their lines go; comments between entries stay.
[[nodiscard]] Result<Change> without_entries(const yaml::Source& source,
                                             const std::vector<std::size_t>& indices);

}  // namespace remuda::queue
