// SPDX-License-Identifier: MIT
#include "output/table.h"

#include "output/human.h"
#include "remuda/base/text.h"

#include <algorithm>

namespace remuda::output {

namespace {

constexpr std::size_t kNarrowestThird = 12;
constexpr std::size_t kNarrowestCommand = 16;
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kGap = "  ";

}  // namespace

std::string filled(std::string_view text, std::size_t columns) {
    const std::size_t width = display_width(text);
    std::string result(text);
    result.append(columns > width ? columns - width : 0, ' ');
    return result;
}

std::string Table::text(std::size_t width) const {
    const std::size_t whole = width == 0 ? kTableWidthOffTerminal : width;
    std::array<std::size_t, 3> columns{};
    for (const Row& row : rows_) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns[i] = std::max(columns[i], display_width(row[i]));
        }
    }
    // On a narrow terminal the third column makes room for the commands.
    const std::size_t others = kIndent.size() + columns[0] + columns[1] + 3 * kGap.size();
    const std::size_t wanted = others + kNarrowestCommand;
    columns[2] =
        std::min(columns[2], std::max(kNarrowestThird, whole > wanted ? whole - wanted : 0));
    const std::size_t before = others + columns[2];
    const std::size_t room = std::max(kNarrowestCommand, whole > before ? whole - before : 0);
    std::string text;
    for (const Row& row : rows_) {
        text += kIndent;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            text += filled(elided(row[i], columns[i]), columns[i]);
            text += kGap;
        }
        text += one_line(row[3], room);
        text += '\n';
    }
    return text;
}

}  // namespace remuda::output
