// SPDX-License-Identifier: MIT
#pragma once

#include "output/table.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace remuda::output {

/// Columns as wide as their widest cell; the last takes what is left. Empty columns are left out.
class Grid {
  public:
    using Row = std::vector<std::string>;

    explicit Grid(Row head) : head_(std::move(head)), widths_(head_.size(), 0) {}

    void add(Row row) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths_[i] = std::max(widths_[i], display_width(row[i]));
        rows_.push_back(std::move(row));
    }

    /// For what is still to come.
    void reserve(std::size_t column, std::size_t width) {
        widths_[column] = std::max(widths_[column], width);
    }
    [[nodiscard]] std::size_t rows() const { return rows_.size(); }

    [[nodiscard]] std::string head(std::size_t columns) const { return line(head_, columns); }
    [[nodiscard]] std::string row(std::size_t i, std::size_t columns) const {
        return line(rows_[i], columns);
    }

  private:
    [[nodiscard]] std::string line(const Row& cells, std::size_t columns) const {
        constexpr std::string_view gap = "  ";
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (widths_[i] == 0) continue;
            const std::size_t width = std::max(widths_[i], display_width(head_[i]));
            if (!text.empty()) text += gap;
            text += filled(cells[i], width);
        }
        text.erase(text.find_last_not_of(' ') + 1);
        return (columns > 0 ? elided(text, columns) : text) + "\n";
    }

    Row head_;
    std::vector<std::size_t> widths_;
    std::vector<Row> rows_;
};

}  // namespace remuda::output
