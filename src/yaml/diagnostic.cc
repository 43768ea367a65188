// SPDX-License-Identifier: MIT
#include "remuda/yaml/diagnostic.h"

#include "remuda/base/text.h"
#include "remuda/base/utf8.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace remuda::yaml {

namespace {

// Columns of the user's line that are shown, and how many of them at most stand before the caret.
constexpr std::size_t kWidest = 96;
constexpr std::size_t kBeforeCaret = 40;
// No more bytes than these on either side of the caret are looked at.
constexpr std::size_t kWindowBytes = 4096;
constexpr std::size_t kTabWidth = 4;

bool is_bidirectional_control(char32_t c) {
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

bool is_shown_escaped(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF ||
           is_bidirectional_control(c);
}

// `text` with everything that could act on a terminal written out.
std::string visible(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const Utf8Step step = decode_utf8(text);
        const std::string_view bytes = text.substr(0, step.length);
        if (step.is_valid && !is_shown_escaped(step.code)) {
            shown += bytes;
        } else if (step.is_valid && step.code >= 0x80) {
            shown += fmt::format("<U+{:04X}>", static_cast<unsigned>(step.code));
        } else {
            for (const char byte : bytes) {
                shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
            }
        }
        text.remove_prefix(step.length);
    }
    return shown;
}

// A piece of the user's line that is shown or cut as a whole.
struct Cell {
    std::string shown;
    std::size_t width = 0;
    /// Where its bytes begin in the line.
    std::size_t offset = 0;
};

std::vector<Cell> cells_of(std::string_view line, std::size_t begin, std::size_t end) {
    std::vector<Cell> cells;
    std::size_t column = 0;
    for (std::size_t at = begin; at < end;) {
        const Utf8Step step = decode_utf8(line.substr(at, end - at));
        Cell cell;
        cell.offset = at;
        if (line[at] == '\t') {
            cell.shown.assign(kTabWidth - column % kTabWidth, ' ');
            at += 1;
        } else if (!step.is_valid || is_shown_escaped(step.code)) {
            cell.shown = visible(line.substr(at, step.length));
            at += step.length;
        } else {
            // A whole grapheme cluster, but nothing in it that must be written out.
            const std::size_t cluster = prefix_within(line.substr(at, end - at), 1);
            std::size_t length = step.length;
            while (length < cluster) {
                const Utf8Step next = decode_utf8(line.substr(at + length, end - at - length));
                if (!next.is_valid || is_shown_escaped(next.code)) break;
                length += next.length;
            }
            cell.shown = line.substr(at, length);
            at += length;
        }
        cell.width = display_width(cell.shown);
        column += cell.width;
        cells.push_back(std::move(cell));
    }
    return cells;
}

struct Excerpt {
    std::string line;
    std::size_t caret_column = 0;
    std::size_t caret_width = 1;
};

// Where a cut at `at` does not split a code point.
std::size_t code_point_start(std::string_view text, std::size_t at) {
    for (std::size_t back = 0; back < 3 && at > 0 && at < text.size(); ++back, --at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) break;
    }
    return at;
}

// The part of `line` around bytes [begin, end), which the carets mark.
Excerpt excerpt(std::string_view line, std::size_t begin, std::size_t end) {
    const std::size_t from =
        begin > kWindowBytes ? code_point_start(line, begin - kWindowBytes) : 0;
    const std::size_t to = line.size() - begin > kWindowBytes
                               ? code_point_start(line, begin + kWindowBytes)
                               : line.size();
    const std::vector<Cell> cells = cells_of(line, from, to);

    std::size_t total = 0;
    std::size_t caret_cell = cells.size();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        total += cells[i].width;
        const std::size_t next = i + 1 < cells.size() ? cells[i + 1].offset : to;
        if (caret_cell == cells.size() && next > begin) caret_cell = i;
    }

    const bool is_long = total > kWidest || from > 0 || to < line.size();
    std::size_t first = caret_cell;
    for (std::size_t before = 0; first > 0; --first) {
        before += cells[first - 1].width;
        if (is_long && before > kBeforeCaret) break;
    }

    Excerpt result;
    const bool is_cut_before = first > 0 || from > 0;
    if (is_cut_before) result.line = "...";
    std::size_t width = result.line.size();
    std::size_t caret_end = 0;
    std::size_t i = first;
    for (; i < cells.size() && (!is_long || width + cells[i].width <= kWidest); ++i) {
        if (i == caret_cell) result.caret_column = width;
        result.line += cells[i].shown;
        width += cells[i].width;
        if (cells[i].offset < end) caret_end = width;
    }
    if (i < cells.size() || to < line.size()) result.line += "...";
    if (caret_cell == cells.size()) result.caret_column = width;
    result.caret_width =
        caret_end > result.caret_column ? caret_end - result.caret_column : std::size_t{1};
    return result;
}

struct Colours {
    std::string_view severity, accent, strong, off;
};

Colours colours_for(Severity severity, bool colour) {
    if (!colour) return {};
    return {severity == Severity::error ? "\x1b[1;31m" : "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m",
            "\x1b[0m"};
}

// Help may have several lines; all are aligned behind the "= help: " of the first.
std::string help_lines(std::string_view help, std::size_t gutter, const Colours& paint) {
    std::string out;
    while (!help.empty()) {
        const std::size_t end = std::min(help.find('\n'), help.size());
        if (out.empty()) {
            out += fmt::format("{:{}} {}={} help: ", "", gutter, paint.accent, paint.off);
        } else {
            out += fmt::format("{:{}}", "", gutter + 9);
        }
        out += visible(help.substr(0, end)) + '\n';
        help.remove_prefix(std::min(end + 1, help.size()));
    }
    return out;
}

void render_one(const Diagnostic& diagnostic, const Source& source, bool colour, std::string& out) {
    const Colours paint = colours_for(diagnostic.severity, colour);
    const Source::Position at = source.position(diagnostic.span.begin);
    const std::string line = source.line(at.line);
    const std::string number = std::to_string(at.line);
    const std::size_t gutter = number.size();
    const std::size_t begin = std::min(at.column - 1, line.size());
    const std::size_t length = diagnostic.span.end > diagnostic.span.begin
                                   ? diagnostic.span.end - diagnostic.span.begin
                                   : 0;
    const std::size_t end = begin + std::min(length, line.size() - begin);
    const Excerpt shown = excerpt(line, begin, end);

    auto sink = std::back_inserter(out);
    fmt::format_to(sink, "{}{}{}{}: {}{}\n", paint.severity,
                   diagnostic.severity == Severity::error ? "error" : "warning", paint.off,
                   paint.strong, visible(diagnostic.message), paint.off);
    fmt::format_to(sink, "{:{}}{}-->{} {}:{}:{}\n", "", gutter, paint.accent, paint.off,
                   visible(source.name()), at.line, at.column);
    fmt::format_to(sink, "{:{}} {}|{}\n", "", gutter, paint.accent, paint.off);
    fmt::format_to(sink, "{}{} |{}{}{}\n", paint.accent, number, paint.off,
                   shown.line.empty() ? "" : " ", shown.line);
    fmt::format_to(sink, "{:{}} {}|{} {:{}}{}{:^>{}}{}{}{}\n", "", gutter, paint.accent, paint.off,
                   "", shown.caret_column, paint.severity, "", shown.caret_width,
                   diagnostic.label.empty() ? "" : " ", visible(diagnostic.label), paint.off);
    out += help_lines(diagnostic.help, gutter, paint);
}

}  // namespace

void Diagnostics::error(Span span, std::string message, std::string label, std::string help) {
    add({Severity::error, std::move(message), span, std::move(label), std::move(help)});
}

void Diagnostics::warning(Span span, std::string message, std::string label, std::string help) {
    add({Severity::warning, std::move(message), span, std::move(label), std::move(help)});
}

bool Diagnostics::has_errors() const {
    return std::any_of(found_.begin(), found_.end(), [](const Diagnostic& diagnostic) {
        return diagnostic.severity == Severity::error;
    });
}

std::string Diagnostics::render(const Source& source, bool colour, std::size_t limit) const {
    // By place, and of one place in the order in which they were found.
    std::vector<std::pair<std::size_t, std::size_t>> ordered;
    ordered.reserve(found_.size());
    for (const Diagnostic& diagnostic : found_) {
        ordered.emplace_back(diagnostic.span.begin, ordered.size());
    }
    std::sort(ordered.begin(), ordered.end());

    std::string out;
    const std::size_t count = std::min(limit, ordered.size());
    for (std::size_t i = 0; i < count; ++i)
        render_one(found_[ordered[i].second], source, colour, out);
    if (count < ordered.size()) out += fmt::format("... and {} more\n", ordered.size() - count);
    return out;
}

}  // namespace remuda::yaml
