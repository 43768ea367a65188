// SPDX-License-Identifier: MIT
//
// Entries that are made from words of a command line.
#pragma once

#include "remuda/base/result.h"
#include "remuda/queue/queue.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::queue {

/// The command that `words` stand for. One word is the command as it stands. Several are joined
/// with blanks, each quoted where a shell would split or expand it, so that the shell that runs the
/// command gets these words. Templates (`{{ x }}`, also over several words) are left alone: the
/// shell sees what they become, unquoted.
[[nodiscard]] std::string joined_command(const std::vector<std::string>& words);

// NOLINTBEGIN(readability-redundant-member-init): so that some may be left out of `{.words = ...}`.
struct EntryRequest {
    /// See joined_command; not empty.
    std::vector<std::string> words = {};
    /// NAME=VALUE. A name that comes several times has several values, in this order.
    std::vector<std::string> parameters = {};
    int slots = 1;
    /// What messages call the job; may be empty.
    std::string name = {};
};
// NOLINTEND(readability-redundant-member-init)

/// The entry that is asked for. The spans of its command count in the command's own text. Fails if
/// a parameter has a reserved name; other faults are found by reading entry_text().
[[nodiscard]] Result<Entry> make_entry(const EntryRequest& request);

/// The entry as a person would write it: `- text` for a plain command, else in canonical form. Each
/// line begins with `indent` spaces and ends in `line_break`.
[[nodiscard]] std::string entry_text(const Entry& entry, std::size_t indent = 0,
                                     std::string_view line_break = "\n");

/// Whether both stand for the same jobs in the same way, wherever they are written.
[[nodiscard]] bool is_same_content(const Entry& a, const Entry& b);

/// Entries and jobs, for people: "3 entries, 8 jobs".
[[nodiscard]] std::string summary_of(const std::vector<Entry>& entries);

}  // namespace remuda::queue
