// SPDX-License-Identifier: MIT
#include "output/prefixed.h"

#include "output/colour.h"
#include "remuda/base/text.h"

#include <algorithm>

namespace remuda::output {

namespace {

// On a window that is narrower than the prefix, text still gets a few columns a line.
constexpr std::size_t kFewestColumns = 8;
constexpr std::size_t kTab = 8;

std::string with_tabs_expanded(std::string_view line) {
    std::string expanded;
    std::size_t column = 0;
    for (;;) {
        const std::size_t tab = line.find('\t');
        const std::string_view piece = line.substr(0, tab);
        expanded += piece;
        if (tab == std::string_view::npos) return expanded;
        column += display_width(piece);
        const std::size_t spaces = kTab - column % kTab;
        expanded.append(spaces, ' ');
        column += spaces;
        line.remove_prefix(tab + 1);
    }
}

// The colours that hold after a piece of text: its SGR sequences since the last reset.
void track_colours(std::string& held, std::string_view piece) {
    constexpr std::size_t most_bytes = 128;
    for (std::size_t at = piece.find('\x1B'); at != std::string_view::npos;
         at = piece.find('\x1B', at + 1)) {
        const std::string_view sequence = piece.substr(at, piece.find('m', at) + 1 - at);
        const bool is_reset = sequence == "\x1B[m" || sequence == kReset;
        if (is_reset || held.size() + sequence.size() > most_bytes) held.clear();
        if (!is_reset) held += sequence;
    }
}

}  // namespace

void append_prefixed(std::string& to, const Prefix& prefix, std::string_view line,
                     std::size_t width) {
    std::string expanded;
    if (width > 0 && line.find('\t') != std::string_view::npos) {
        expanded = with_tabs_expanded(line);
        line = expanded;
    }
    const std::size_t room =
        std::max(kFewestColumns, width > prefix.columns ? width - prefix.columns : 0);
    std::string held;
    do {
        const std::string_view piece =
            width == 0 ? line : line.substr(0, prefix_within(line, room));
        line.remove_prefix(piece.size());
        to += prefix.text;
        to += held;
        to += piece;
        track_colours(held, piece);
        if (!held.empty()) to += kReset;
        to += '\n';
    } while (!line.empty());
}

}  // namespace remuda::output
