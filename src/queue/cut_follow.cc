// SPDX-License-Identifier: MIT
//
// What others have made of a queue file that we know: they take from its front, so most of it is
// as it was, and only the rest must be read.
#include "queue/cut.h"
#include "queue/in_place.h"
#include "queue/layout.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace remuda::queue {

namespace {

// Bytes at the end of both that are the same; rounded down to whole blocks, or to what decides it.
std::size_t same_at_end(std::string_view a, std::string_view b) {
    constexpr std::size_t block = 4096;
    const std::size_t shorter = std::min(a.size(), b.size());
    std::size_t same = 0;
    while (same + block <= shorter &&
           std::memcmp(a.data() + (a.size() - same - block), b.data() + (b.size() - same - block),
                       block) == 0) {
        same += block;
    }
    while (same < shorter && a[a.size() - 1 - same] == b[b.size() - 1 - same]) {
        ++same;
    }
    return same;
}

// Whether what follows `front`, whose first entry begins at `entries`, may belong to another
// document than its entries, or be read by other rules.
bool ends_document(std::string_view front, std::size_t entries) {
    for (std::size_t line = bom_length(front); line < front.size(); line = line_end(front, line)) {
        const std::string_view rest = front.substr(line);
        if (rest.starts_with("...") || rest.starts_with('%')) return true;
        if (!rest.starts_with("---")) continue;
        if (line > entries || !rest_of_line_is_free(front, line + 3)) return true;
    }
    return false;
}

}  // namespace

std::optional<QueueText::Edit> QueueText::taken_up_to(std::size_t end) const {
    std::size_t dropped = 0;
    while (dropped < entries_.size() && region_of(entries_[dropped]).end <= end) {
        ++dropped;
    }
    std::size_t gone = 0;
    if (dropped < entries_.size() && region_of(entries_[dropped]).begin < end) {
        const Held& held = entries_[dropped];
        const auto* values = only_long_list(held.entry);
        if (values == nullptr) return std::nullopt;
        for (gone = held.jobs_gone; gone + 1 < values->size(); ++gone) {
            const auto lines =
                lines_of_value(text_, (*values)[gone].span, text_.size() - held.end_of_text);
            if (!lines || lines->end > end) break;
        }
        if (gone == held.jobs_gone) return std::nullopt;
    }
    if (dropped == 0 && gone == 0) return std::nullopt;
    auto edit = try_in_place(dropped, gone);
    if (!edit || edit->hollows.back().end != end) return std::nullopt;
    return edit;
}

std::optional<QueueText::Edit> QueueText::changed_in_front(std::string text,
                                                           const Check& check) const {
    if (!can_cut_) return std::nullopt;
    const std::size_t same = same_at_end(text_, text);
    const auto first_same = std::ranges::partition_point(entries_, [&](const Held& held) {
        return held.jobs_gone > 0 || text_.size() - region_of(held).begin > same;
    });
    if (first_same == entries_.end()) return std::nullopt;
    const std::size_t length = text.size() - (text_.size() - region_of(*first_same).begin);
    if (line_begin(text, length) != length) return std::nullopt;

    const yaml::Source front(name_, text.substr(0, length));
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(front, diagnostics);
    if (check) check(parsed.entries, diagnostics);
    if (diagnostics.has_errors() || !parsed.layout) return std::nullopt;
    const auto& regions = parsed.layout->regions;
    if (!regions.empty() && parsed.layout->indent != indent_) return std::nullopt;
    if (ends_document(front.text(), regions.empty() ? length : regions.front().begin)) {
        return std::nullopt;
    }
    Edit edit;
    edit.is_found = true;
    edit.dropped = static_cast<std::size_t>(first_same - entries_.begin());
    for (std::size_t i = 0; i < edit.dropped; ++i)
        edit.jobs_more -= static_cast<std::ptrdiff_t>(entries_[i].jobs_left());
    for (std::size_t i = 0; i < regions.size(); ++i) {
        edit.jobs_more += static_cast<std::ptrdiff_t>(job_count(parsed.entries[i]));
        edit.added.push_back({std::move(parsed.entries[i]), regions[i], text.size()});
    }
    edit.text = std::move(text);
    return edit;
}

}  // namespace remuda::queue
