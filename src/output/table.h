// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::output {

/// `text` with blanks behind it up to `columns`.
[[nodiscard]] std::string filled(std::string_view text, std::size_t columns);

/// Where no terminal sets a limit, tables are this wide.
inline constexpr std::size_t kTableWidthOffTerminal = 120;

/// Jobs in four columns: two short ones, one that makes room where it must, and the command, which
/// takes what is left of the width.
class Table {
  public:
    using Row = std::array<std::string, 4>;

    explicit Table(Row head) : rows_{std::move(head)} {}
    /// The command may be foreign text of any length; the others are short and safe.
    void add(Row row) { rows_.push_back(std::move(row)); }
    /// `width` 0: not cut to a terminal.
    [[nodiscard]] std::string text(std::size_t width) const;

  private:
    std::vector<Row> rows_;
};

}  // namespace remuda::output
