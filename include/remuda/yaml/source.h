// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace remuda::yaml {

/// A range of bytes of a Source.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// A user's file as it was read: its name as the user knows it, and its bytes. Spans and
/// diagnostics point into it. Movable; not changed after it was made.
class Source {
  public:
    struct Position {
        /// Count from 1. The column counts bytes; a BOM counts nothing.
        std::size_t line = 1;
        std::size_t column = 1;
    };

    Source(std::string name, std::string text);

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& text() const { return text_; }
    /// Position of the byte at `offset` (clamped to the end). O(log lines).
    [[nodiscard]] Position position(std::size_t offset) const;
    /// The line's bytes without its line break and, of the first line, without a BOM. Lines end in
    /// LF, CR LF or CR; a file that ends in a line break has an empty last line. `line` counts
    /// from 1.
    [[nodiscard]] std::string line(std::size_t line) const;
    [[nodiscard]] std::size_t line_count() const { return line_starts_.size(); }
    /// Offset of the first byte of a line; of the first line, behind a BOM.
    [[nodiscard]] std::size_t line_start(std::size_t line) const;

  private:
    std::string name_;
    std::string text_;
    std::vector<std::size_t> line_starts_;
};

}  // namespace remuda::yaml
