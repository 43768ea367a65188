// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace remuda::output {

/// Cuts the bytes of one stream into lines. A line ends at \n, \r\n or \r; an empty piece before a
/// \r is no line (progress bars begin with \r as often as they end with it). Chunks may be cut
/// anywhere, inside characters and between \r and \n too. A line longer than kLongest is passed on
/// in pieces, cut between characters.
class LineSplitter {
  public:
    static constexpr std::size_t kLongest = std::size_t{64} * 1024;

    /// Given a line without its end, valid during the call.
    using Emit = std::function<void(std::string_view line)>;

    void feed(std::string_view bytes, const Emit& emit);
    /// The stream has ended: passes on a last line without an end.
    void finish(const Emit& emit);

  private:
    void append(std::string_view bytes, const Emit& emit);
    void end_line(std::string_view bytes, const Emit& emit);

    std::string partial_;
    /// Pieces of the current line have been passed on already.
    bool is_continued_ = false;
    /// The last byte was a \r: a \n now belongs to it.
    enum class AfterReturn { no, line_was_passed_on, nothing_was_there };
    AfterReturn after_return_ = AfterReturn::no;
};

}  // namespace remuda::output
