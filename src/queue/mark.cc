// SPDX-License-Identifier: MIT
#include "queue/mark.h"

#include <fmt/format.h>

namespace remuda::queue {

namespace {

// The first word; another one is another form.
constexpr std::string_view kForm = "1";

std::string words_of(const Mark::Region& region) {
    return fmt::format(" {} {} {}", region.span.begin, region.span.end, region.digest);
}

std::optional<yaml::Span> read_span(std::string_view& words) {
    const auto begin = read_number(words);
    const auto end = read_number(words);
    if (!begin || !end || *begin > *end) return std::nullopt;
    return yaml::Span{*begin, *end};
}

std::optional<Mark::Region> read_region(std::string_view& words) {
    const auto span = read_span(words);
    const auto hash = read_number(words);
    if (!span || !hash) return std::nullopt;
    return Mark::Region{*span, *hash};
}

}  // namespace

std::string Mark::text() const {
    std::string words = fmt::format("{} {} {} {} {}", kForm, before.text(), job_total, taken, next);
    if (!patch) return words;
    words += words_of(*patch) + words_of(hollow.value_or(Region()));
    for (const yaml::Span& span : lines) {
        words += fmt::format(" {} {}", span.begin, span.end);
    }
    return words;
}

std::optional<Mark> Mark::read(std::string_view text) {
    if (!text.starts_with(kForm)) return std::nullopt;
    text.remove_prefix(kForm.size());
    Mark mark;
    const auto before = Stamp::read(text);
    const auto total = read_number(text);
    const auto taken = read_number(text);
    const auto next = read_number(text);
    if (!before || !total || !taken || !next) return std::nullopt;
    mark.before = *before;
    mark.job_total = *total;
    mark.taken = *taken;
    mark.next = *next;
    if (text.empty()) return mark;
    mark.patch = read_region(text);
    mark.hollow = read_region(text);
    if (!mark.patch || !mark.hollow) return std::nullopt;
    if (mark.hollow->span.end == mark.hollow->span.begin) mark.hollow.reset();
    while (!text.empty()) {
        const auto span = read_span(text);
        if (!span || span->begin < mark.patch->span.begin || span->end > mark.patch->span.end) {
            return std::nullopt;
        }
        mark.lines.push_back(*span);
    }
    return mark;
}

std::uint64_t digest_of(const std::optional<model::Job>& job) {
    return job ? digest(canonical_entry(*job)) : 0;
}

Mark mark_of(const Stamp& before, const QueueText& text, const QueueText::Removal& removal) {
    Mark mark;
    mark.before = before;
    mark.job_total = text.job_total();
    mark.taken = removal.jobs.size();
    mark.next = digest_of(removal.next);
    const QueueText::Edit& edit = removal.edit;
    if (!edit.is_in_place) return mark;
    mark.patch = Mark::Region{{edit.at, edit.at + edit.patch.size()}, digest(edit.patch)};
    for (const yaml::Span& span : edit.hollows) {
        const bool is_adjacent = !mark.lines.empty() && mark.lines.back().end == span.begin;
        if (is_adjacent) {
            mark.lines.back().end = span.end;
        } else {
            mark.lines.push_back(span);
        }
    }
    const QueueText::Hollow hollow = text.last_hollow();
    if (hollow.span.end <= edit.at) mark.hollow = Mark::Region{hollow.span, hollow.digest};
    return mark;
}

}  // namespace remuda::queue
