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

/// What two texts that are wanted to be `first` and `second` columns wide get of `room` columns.
/// Neither is cut where both fit; otherwise the longer one makes room, down to half.
struct Shares {
    std::size_t first = 0;
    std::size_t second = 0;
};
[[nodiscard]] Shares shares_of(std::size_t room, std::size_t first, std::size_t second);

/// Of any text within a table, however wide the place.
inline constexpr std::size_t kMostTableColumns = 1000;

/// Jobs in four columns: two short ones, and two (why, and the command) that share what is left of
/// the width.
class Table {
  public:
    using Row = std::array<std::string, 4>;

    explicit Table(Row head) : rows_{std::move(head)} {}
    /// The last two may be foreign text of any length; the others are short and safe.
    void add(Row row);
    /// `width` 0: there is no terminal, and nothing is cut that is not absurdly long.
    [[nodiscard]] std::string text(std::size_t width) const;

  private:
    std::vector<Row> rows_;
};

}  // namespace remuda::output
