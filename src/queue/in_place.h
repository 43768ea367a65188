// SPDX-License-Identifier: MIT
//
// Consuming in place: lines that were taken become comments by their first byte, so that the file
// keeps its length and a take costs what its lines cost. Pure.
#pragma once

#include "remuda/model/job.h"
#include "remuda/queue/queue.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::queue {

/// Makes comments of the lines [begin, end) of `text`. Blank lines and comments stay. False, and
/// `text` is as it was, if some line begins with another byte than `-`, a space or `#`, or holds a
/// break that is one for YAML alone.
[[nodiscard]] bool comment_out(std::string& text, std::size_t begin, std::size_t end);

/// The entry's only list with several values, or null: then its n-th job has the list's n-th value.
[[nodiscard]] const std::vector<Entry::Value>* only_long_list(const Entry& entry);

/// The lines of a list's value that has them for itself. `shift` is added to the value's offsets.
[[nodiscard]] std::optional<yaml::Span> lines_of_value(std::string_view text, yaml::Span value,
                                                       std::size_t shift);

/// A digest of `text`, or of what `before` is the digest of with `text` behind it. The same in
/// every build.
inline constexpr std::uint64_t kDigestOfNothing = 0xCBF29CE484222325;
[[nodiscard]] std::uint64_t digest(std::string_view text, std::uint64_t before = kDigestOfNothing);

/// Finds lines and columns of offsets in one text; fast if each is at or behind the one before.
class LineCursor {
  public:
    /// The place of `offset` in `text`, which is that of the calls before, but for bytes that are
    /// no line breaks.
    [[nodiscard]] model::Place place_of(const std::string& file, std::string_view text,
                                        std::size_t offset);

  private:
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::size_t line_begin_ = 0;
};

}  // namespace remuda::queue
