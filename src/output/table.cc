// SPDX-License-Identifier: MIT
#include "output/table.h"

#include "output/human.h"
#include "remuda/base/text.h"

#include <algorithm>

namespace remuda::output {

namespace {

constexpr std::size_t kNarrowest = 12;
// Where nothing is cut, one long text does not push away the column behind it in all rows.
constexpr std::size_t kWidestFilled = 80;
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kGap = "  ";

}  // namespace

std::string filled(std::string_view text, std::size_t columns) {
    const std::size_t width = display_width(text);
    std::string result(text);
    result.append(columns > width ? columns - width : 0, ' ');
    return result;
}

Shares shares_of(std::size_t room, std::size_t first, std::size_t second) {
    if (first + second <= room) return {first, second};
    const std::size_t half = std::max(kNarrowest, room / 2);
    const auto rest = [&](std::size_t taken) {
        return std::max(half, room - std::min(room, taken));
    };
    if (first <= half) return {first, rest(first)};
    if (second <= half) return {rest(second), second};
    return {half, half};
}

void Table::add(Row row) {
    for (std::size_t i = 2; i < row.size(); ++i)
        row[i] = one_line(row[i], kMostTableColumns);
    rows_.push_back(std::move(row));
}

std::string Table::text(std::size_t width) const {
    std::array<std::size_t, 4> columns{};
    for (const Row& row : rows_) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns[i] = std::max(columns[i], display_width(row[i]));
        }
    }
    std::size_t filled_third = std::min(columns[2], kWidestFilled);
    if (width > 0) {
        const std::size_t used = kIndent.size() + columns[0] + columns[1] + 3 * kGap.size();
        const Shares shares = shares_of(width - std::min(width, used), columns[2], columns[3]);
        columns[2] = shares.first;
        columns[3] = shares.second;
        filled_third = columns[2];
    }
    std::string text;
    for (const Row& row : rows_) {
        text += kIndent;
        text += filled(row[0], columns[0]);
        text += kGap;
        text += filled(row[1], columns[1]);
        text += kGap;
        text += filled(elided(row[2], columns[2]), filled_third);
        text += kGap;
        text += elided(row[3], columns[3]);
        text += '\n';
    }
    return text;
}

}  // namespace remuda::output
