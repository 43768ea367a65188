// SPDX-License-Identifier: MIT
#include "output/node_lines.h"

#include "output/colour.h"
#include "output/human.h"
#include "remuda/base/check.h"
#include "remuda/base/text.h"

#include <algorithm>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kFewestColumns = 8;

}  // namespace

const model::Node& NodeLines::node(model::NodeId id) const {
    REMUDA_CHECK(id.value < fleet_.nodes.size());
    return fleet_.nodes[id.value];
}

// `[label] ` for stdout and notes, `[label]! ` for stderr. A label takes half the width at most.
Prefix NodeLines::prefix(model::NodeId id, model::Stream shown_on, bool is_stderr) const {
    const std::size_t width = console_.width(shown_on);
    constexpr std::size_t brackets = 4;
    const std::size_t most = width == 0 ? kWidthOffTerminal : width / 2;
    const std::string label = one_line(node(id).label, most > brackets ? most - brackets : 1);
    const std::string text = fmt::format("[{}]{}", label, is_stderr ? "!" : "");
    const bool colour = console_.has_colour(shown_on);
    return {painted(text, node_colour(id), colour) + " ", display_width(text) + 1};
}

NodeLines::Layout NodeLines::layout_of(model::NodeId id, model::Stream stream) const {
    return {prefix(id, stream, stream == model::Stream::err), console_.width(stream),
            console_.has_colour(stream)};
}

void NodeLines::append_output(std::string& to, const Layout& layout, std::string_view line) {
    // Nearly all lines are so, and need no copy.
    const bool is_plain = plain_length(line) == line.size();
    if (is_plain && layout.width == 0) {
        ((to += layout.prefix.text) += line) += '\n';
    } else if (is_plain) {
        append_prefixed(to, layout.prefix, line, layout.width);
    } else {
        append_prefixed(to, layout.prefix, sanitised(line, layout.colour), layout.width);
    }
}

void NodeLines::tell_start(model::NodeId id, model::JobId job, const std::vector<int>& slots,
                           std::string_view what, std::string_view word) {
    const Prefix before = prefix(id, model::Stream::err, false);
    std::string head = fmt::format("job {}", job.value);
    // Of what others have started they may not be known.
    if (node(id).slots > 1 && !slots.empty()) {
        head +=
            fmt::format(" on {} {}", slots.size() == 1 ? "slot" : "slots", fmt::join(slots, ","));
    }
    head += ": ";
    constexpr std::size_t word_columns = 9;
    const std::size_t width = console_.width(model::Stream::err);
    const std::size_t used = before.columns + word_columns + head.size();
    const std::size_t room =
        width == 0 ? kWidthOffTerminal : std::max(kFewestColumns, width > used ? width - used : 0);
    tell(id, word, kDim, head + one_line(what, room));
}

void NodeLines::tell(model::NodeId id, std::string_view word, std::string_view colour,
                     std::string_view text, bool is_report) {
    const std::string padded = fmt::format("{:<8}", word);
    const auto err = model::Stream::err;
    std::string line = painted(padded, colour, console_.has_colour(err)) + " ";
    line += one_line(text, 4 * kWidthOffTerminal);
    std::string lines;
    append_prefixed(lines, prefix(id, err, false), line, console_.width(err));
    if (is_report) {
        console_.write_report(err, lines);
    } else {
        console_.write(err, lines);
    }
}

}  // namespace remuda::output
