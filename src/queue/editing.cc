// SPDX-License-Identifier: MIT
#include "remuda/queue/editing.h"

#include "queue/parse.h"
#include "queue/splice.h"
#include "remuda/queue/new_entry.h"
#include "remuda/yaml/node.h"

#include <optional>
#include <utility>

namespace remuda::queue {

namespace {

// Where an entry can be added: lines that begin with `indent` spaces, from `front` on.
struct Room {
    std::size_t indent = 0;
    std::size_t front = 0;
    /// Behind the last entry's lines, where that is known.
    std::optional<std::size_t> behind_last;
};

// A list in block style that is not cut apart, because of its anchors, can be added to.
std::optional<Room> room_beside_anchors(const yaml::Source& source) {
    yaml::Diagnostics diagnostics;
    const yaml::Document document = yaml::parse(source, diagnostics);
    const yaml::Node& root = document.root;
    if (root.style != yaml::Node::Style::block || root.items.empty()) return std::nullopt;
    const std::size_t line = source.position(root.items.front().span.begin).line;
    const std::size_t begin = source.line_start(line);
    const std::size_t dash = source.text().find_first_not_of(' ', begin);
    if (dash == std::string::npos || source.text()[dash] != '-') return std::nullopt;
    return Room{dash - begin, begin, std::nullopt};
}

std::optional<Room> room_in(const yaml::Source& source, const Parsed& parsed) {
    if (!parsed.layout) return room_beside_anchors(source);
    if (parsed.entries.empty()) return Room{0, source.text().size(), std::nullopt};
    const auto& regions = parsed.layout->regions;
    return Room{parsed.layout->indent, regions.front().begin, regions.back().end};
}

}  // namespace

Result<Change> with_entry(const yaml::Source& source, const Entry& entry, End end) {
    return with_entries(source, {entry}, end);
}

Result<Change> with_entries(const yaml::Source& source, const std::vector<Entry>& entries,
                            End end) {
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(source, diagnostics);
    std::vector<std::vector<Splice>> ways;
    if (const auto room = room_in(source, parsed)) {
        std::string text;
        for (const Entry& entry : entries)
            text += entry_text(entry, room->indent, line_break_of(source.text()));
        const auto try_at = [&](std::size_t at) { ways.push_back({{{at, at}, text}}); };
        if (end == End::front) {
            try_at(room->front);
        } else {
            // Behind the comments at the end, unless something there (`...`, a block of text that
            // goes to the end) forbids it.
            try_at(source.text().size());
            if (room->behind_last) try_at(*room->behind_last);
        }
    }
    std::vector<Entry>& wanted = parsed.entries;
    wanted.insert(end == End::front ? wanted.begin() : wanted.end(), entries.begin(),
                  entries.end());
    return spliced(source, ways, std::move(wanted));
}

Result<Change> without_entries(const yaml::Source& source,
                               const std::vector<std::size_t>& indices) {
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(source, diagnostics);
    std::vector<Splice> cuts;
    std::vector<Entry> wanted;
    auto next = indices.begin();
    for (std::size_t i = 0; i < parsed.entries.size(); ++i) {
        if (next == indices.end() || *next != i) {
            wanted.push_back(std::move(parsed.entries[i]));
            continue;
        }
        if (parsed.layout) cuts.push_back({parsed.layout->regions[i], ""});
        ++next;
    }
    std::vector<std::vector<Splice>> ways;
    if (parsed.layout) ways.push_back(std::move(cuts));
    return spliced(source, ways, std::move(wanted));
}

}  // namespace remuda::queue
