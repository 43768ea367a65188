// SPDX-License-Identifier: MIT
//
// Word: what a holder of the lock says of the queue file to the next one, so that processes that
// take from one file in turn need not read all of it each time, and know which comments are theirs.
#pragma once

#include "queue/cut.h"
#include "queue/stamp.h"
#include "remuda/queue/queue.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::queue {

/// Hollows that the next holder is told of. Neighbours are one; a small file with more, because of
/// comments in between, is not consumed in place any further.
inline constexpr std::size_t kMostHandedOver = 16;

struct Word {
    /// The same as long as the file is changed under the lock only, and by consuming in place only.
    std::uint64_t lineage = 0;
    /// When the file was last changed, as the speaker knows it.
    std::pair<std::int64_t, std::int64_t> changed;
    /// Where the last hollow ends; 0 if there is none.
    std::size_t end_of_hollows = 0;
    /// So many entries at the front are runs and their rest (cut.h).
    std::size_t runs = 0;
    /// All hollows, or none if they are too many.
    std::vector<yaml::Span> hollows;

    [[nodiscard]] std::string text() const;
    /// What the last holder of `lock` has said of the file as it is `now`.
    [[nodiscard]] static std::optional<Word> of(const Lock& lock, const Stamp& now);
};

/// A number that no other file has, nor this one at another time.
[[nodiscard]] std::uint64_t new_lineage();

/// Makes `text` know the comments and the runs that others have made in it.
void adopt(const Word& word, QueueText& text);

}  // namespace remuda::queue
