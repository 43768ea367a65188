// SPDX-License-Identifier: MIT
//
// Merge: a queue that somebody has edited while it went on. Pure: no file is touched.
#pragma once

#include "remuda/base/result.h"
#include "remuda/queue/editing.h"
#include "remuda/yaml/source.h"

#include <cstddef>
#include <string>
#include <vector>

namespace remuda::queue {

struct Merged {
    /// The user's text, byte for byte, but for entries that left the queue meanwhile (gone, or
    /// replaced by what remains of them) and those that came into it (at the front, at the end, or
    /// behind the entry that they stand behind). With conflicts: what the queue would be if the
    /// changed entries were new ones.
    Change change;
    /// Entries of the user's text that had left the queue, wholly or in part.
    std::size_t taken = 0;
    /// Entries that others have added.
    std::size_t added = 0;

    /// The user has changed an entry of which jobs were taken meanwhile.
    struct Conflict {
        /// The entry's first command before the change, and after it.
        std::string was;
        std::string is;
        std::size_t jobs = 0;
        std::size_t jobs_taken = 0;
    };
    std::vector<Conflict> conflicts;
};

/// `base`: the queue that the user began to edit; `mine`: what they made of it; `theirs`: the queue
/// now. None has faults. Entries that are the same are told apart by their order, as diff does it:
/// of the same ones in a row those nearer to the top are taken to have left the queue.
[[nodiscard]] Result<Merged> merge(const yaml::Source& base, const yaml::Source& mine,
                                   const yaml::Source& theirs);

}  // namespace remuda::queue
