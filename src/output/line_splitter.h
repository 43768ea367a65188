// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace remuda::output {

/// Cuts the bytes of one stream into lines. A line ends at \n or \r\n. A \r amid a line begins it
/// anew, as progress bars do: what stood there is replaced by what follows, and only the last state
/// is passed on. Chunks may be cut anywhere, inside characters and between \r and \n too. A line
/// longer than kLongest is passed on in pieces, cut between characters.
class LineSplitter {
  public:
    static constexpr std::size_t kLongest = std::size_t{64} * 1024;

    /// Given a line without its end, or a piece of a long one; valid during the call.
    /// `begins_line`: it is no further piece of the line before.
    using Emit = std::function<void(std::string_view text, bool begins_line)>;

    void feed(std::string_view bytes, const Emit& emit);
    /// The stream has ended: passes on a last line without an end.
    void finish(const Emit& emit);

    /// What the line that has not ended shows now; without the pieces that were passed on.
    [[nodiscard]] std::string_view unfinished() const { return partial_; }
    /// A \r came in it.
    [[nodiscard]] bool is_rewritten() const { return is_rewritten_; }
    /// Pieces of it have been passed on.
    [[nodiscard]] bool is_continued() const { return is_continued_; }

  private:
    void append(std::string_view bytes, const Emit& emit);
    void end_line(const Emit& emit);
    void begin_line();

    std::string partial_;
    bool is_continued_ = false;
    bool is_rewritten_ = false;
    /// The last byte was a \r: what follows replaces the line, if it is not its \n.
    bool is_at_return_ = false;
};

}  // namespace remuda::output
