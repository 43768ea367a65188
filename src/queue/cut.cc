// SPDX-License-Identifier: MIT
#include "queue/cut.h"

#include "queue/canonical.h"
#include "queue/product.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace remuda::queue {

namespace {

// Files up to this size are parsed again as a whole after each cut, before they are written: some
// ten microseconds. In larger ones that is done at the first cut after reading and at the last; at
// the others only the new lines are parsed.
constexpr std::size_t kAlwaysProvenUpTo = std::size_t{1} << 10;

constexpr std::size_t kSaturated = std::numeric_limits<std::size_t>::max();

std::string canonical_texts(const std::vector<Entry>& entries, std::size_t indent,
                            std::string_view line_break) {
    std::string text;
    for (const Entry& entry : entries) {
        text += canonical_text(entry, indent, line_break);
    }
    return text;
}

bool is_same_entry(const Entry& a, const Entry& b) {
    const auto same_values = [](const auto& left, const auto& right) {
        return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                          [](const auto& x, const auto& y) { return x.text == y.text; });
    };
    return same_values(a.commands, b.commands) && a.needs == b.needs && a.options == b.options &&
           std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(),
                      b.parameters.end(), [&](const auto& x, const auto& y) {
                          return x.name == y.name && same_values(x.values, y.values);
                      });
}

bool are_same_entries(const std::vector<Entry>& a, const std::vector<Entry>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same_entry);
}

// Lets what follows begin on a line of its own.
void end_line(std::string& text, std::string_view line_break) {
    if (text.size() > bom_length(text) && text.back() != '\n' && text.back() != '\r') {
        text += line_break;
    }
}

// Lines end in LF, CR LF or CR.
model::Place place_of(const std::string& name, std::string_view text, std::size_t offset) {
    model::Place place{name, 1, 1};
    std::size_t line_start = bom_length(text);
    for (std::size_t i = 0; i < offset; ++i) {
        const bool is_break = text[i] == '\n' || (text[i] == '\r' && text.substr(i, 2) != "\r\n");
        if (!is_break) continue;
        ++place.line;
        line_start = i + 1;
    }
    place.column = offset < line_start ? 1 : offset - line_start + 1;
    return place;
}

}  // namespace

QueueText::QueueText(const yaml::Source& source, Parsed parsed)
    : name_(source.name()), text_(source.text()), can_cut_(parsed.layout.has_value()) {
    if (can_cut_) indent_ = parsed.layout->indent;
    for (std::size_t i = 0; i < parsed.entries.size(); ++i) {
        const yaml::Span region = can_cut_ ? parsed.layout->regions[i] : parsed.entries[i].span;
        entries_.push_back({std::move(parsed.entries[i]), region, text_.size()});
    }
    job_total_ = counted_jobs();
}

std::size_t QueueText::counted_jobs() const {
    std::size_t total = 0;
    for (const Held& held : entries_) {
        total = saturating_sum(total, job_count(held.entry));
    }
    return total;
}

yaml::Span QueueText::region_of(const Held& held) const {
    return {text_.size() - (held.end_of_text - held.region.begin),
            text_.size() - (held.end_of_text - held.region.end)};
}

model::Place QueueText::place_of_job(const Held& held, std::size_t n) const {
    const std::size_t jobs_a_command = job_count(held.entry) / held.entry.commands.size();
    const std::size_t begin = held.entry.commands[n / jobs_a_command].span.begin;
    return place_of(name_, text_, text_.size() - (held.end_of_text - begin));
}

Result<QueueText::Removal> QueueText::without_first_jobs(std::size_t most) const {
    Removal removal;
    std::size_t dropped = 0;
    std::vector<Entry> rest;
    const model::Needs needs = head().needs;
    while (removal.jobs.size() < most && dropped < entries_.size()) {
        const Held& held = entries_[dropped];
        if (held.entry.needs != needs) break;
        const std::size_t count = job_count(held.entry);
        const std::size_t taken = std::min(count, most - removal.jobs.size());
        for (std::size_t n = 0; n < taken; ++n) {
            model::Job& job = removal.jobs.emplace_back(nth_job(held.entry, n));
            job.place = place_of_job(held, n);
        }
        ++dropped;
        if (taken < count) rest = queue::without_first_jobs(held.entry, taken);
    }
    auto edit = replaced_front(dropped, rest);
    if (!edit) return edit.error();
    removal.edit = std::move(*edit);
    removal.edit.jobs_taken = removal.jobs.size();
    return removal;
}

Result<QueueText::Edit> QueueText::with_front(const model::Job& job) const {
    return replaced_front(0, {entry_of(job)});
}

Result<QueueText::Edit> QueueText::replaced_front(std::size_t dropped,
                                                  const std::vector<Entry>& added) const {
    Edit edit;
    if (can_cut_ && try_cut(dropped, added, edit)) return edit;
    const std::string_view comments = std::string_view(text_).substr(0, leading_comments(text_));
    if (try_rewrite(comments, dropped, added, edit) || try_rewrite("", dropped, added, edit)) {
        return edit;
    }
    return Error(Code::invalid_input, "cannot take an entry out of " + name_ +
                                          " without changing the others; please report this file");
}

// What stands before the place where new entries come, without the regions of those that are
// dropped; what stands between those (comments, blank lines) stays. Without any entry new ones come
// behind everything.
std::string QueueText::text_before_hole(std::size_t dropped, std::size_t& hole_end) const {
    if (dropped == 0) {
        hole_end = entries_.empty() ? text_.size() : region_of(entries_.front()).begin;
        return text_.substr(0, hole_end);
    }
    std::string before;
    std::size_t kept_from = 0;
    for (std::size_t i = 0; i < dropped; ++i) {
        const yaml::Span region = region_of(entries_[i]);
        before.append(text_, kept_from, region.begin - kept_from);
        kept_from = region.end;
    }
    hole_end = kept_from;
    return before;
}

bool QueueText::try_cut(std::size_t dropped, const std::vector<Entry>& added, Edit& edit) const {
    std::string_view example = text_;
    if (!entries_.empty()) {
        const yaml::Span head_region = region_of(entries_.front());
        example = example.substr(head_region.begin, head_region.end - head_region.begin);
    }
    const bool has_crlf = example.find("\r\n") != std::string_view::npos;
    const std::string_view line_break = has_crlf ? "\r\n" : "\n";
    const std::string lines = canonical_texts(added, indent_, line_break);
    const yaml::Source source(name_, lines);
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(source, diagnostics);
    if (diagnostics.has_errors() || !parsed.layout || !are_same_entries(parsed.entries, added)) {
        return false;
    }

    std::size_t hole_end = 0;
    std::string before = text_before_hole(dropped, hole_end);
    if (!lines.empty()) end_line(before, line_break);
    edit.text.reserve(text_.size() + lines.size() + 2);
    edit.text.append(before).append(lines).append(text_, hole_end);
    const bool is_emptied = entries_.size() <= dropped;
    if (text_.size() <= kAlwaysProvenUpTo || !is_proven_ || is_emptied) {
        const yaml::Source whole(name_, edit.text);
        const std::vector<Entry> found = parse_queue(whole, diagnostics);
        if (diagnostics.has_errors() || !is_what_remains(found, dropped, added)) return false;
    }
    edit.dropped = dropped;
    const std::size_t end_of_lines_text = edit.text.size() - before.size();
    for (std::size_t i = 0; i < parsed.entries.size(); ++i) {
        edit.added.push_back(
            {std::move(parsed.entries[i]), parsed.layout->regions[i], end_of_lines_text});
    }
    return true;
}

// Whether `found` stands for as many jobs as must remain, and has the right one first.
bool QueueText::is_what_remains(const std::vector<Entry>& found, std::size_t dropped,
                                const std::vector<Entry>& added) const {
    if (found.size() != entries_.size() - dropped + added.size()) return false;
    if (found.empty()) return true;
    std::size_t wanted = 0;
    for (const Entry& entry : added) {
        wanted = saturating_sum(wanted, job_count(entry));
    }
    for (std::size_t i = dropped; i < entries_.size(); ++i) {
        wanted = saturating_sum(wanted, job_count(entries_[i].entry));
    }
    std::size_t counted = 0;
    for (const Entry& entry : found) {
        counted = saturating_sum(counted, job_count(entry));
    }
    const Entry& first = added.empty() ? entries_[dropped].entry : added.front();
    return counted == wanted && is_same_job(nth_job(found.front(), 0), nth_job(first, 0));
}

bool QueueText::try_rewrite(std::string_view head_comments, std::size_t dropped,
                            const std::vector<Entry>& added, Edit& edit) const {
    edit.text = head_comments;
    end_line(edit.text, "\n");
    edit.text += canonical_texts(added, 0, "\n");
    for (std::size_t i = dropped; i < entries_.size(); ++i) {
        edit.text += canonical_text(entries_[i].entry);
    }
    const yaml::Source source(name_, edit.text);
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(source, diagnostics);
    if (diagnostics.has_errors() || !is_what_remains(parsed.entries, dropped, added)) return false;
    edit.is_rewritten = true;
    edit.whole = std::make_unique<QueueText>(source, std::move(parsed));
    return true;
}

void QueueText::apply(Edit edit) {
    if (edit.is_rewritten) {
        *this = std::move(*edit.whole);
        return;
    }
    is_proven_ = true;
    text_ = std::move(edit.text);
    for (std::size_t i = 0; i < edit.dropped; ++i) {
        entries_.pop_front();
    }
    entries_.insert(entries_.begin(), std::make_move_iterator(edit.added.begin()),
                    std::make_move_iterator(edit.added.end()));
    // A saturated total is counted afresh.
    if (job_total_ == kSaturated) {
        job_total_ = counted_jobs();
    } else if (edit.dropped == 0) {
        ++job_total_;
    } else {
        job_total_ -= edit.jobs_taken;
    }
}

}  // namespace remuda::queue
