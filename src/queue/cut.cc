// SPDX-License-Identifier: MIT
#include "queue/cut.h"

#include "queue/canonical.h"
#include "queue/layout.h"
#include "queue/product.h"
#include "remuda/queue/new_entry.h"

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

// Jobs of the entry that are not gone.
std::size_t jobs_of(const QueueText::Held& held) {
    return job_count(held.entry) - held.jobs_gone;
}

}  // namespace

QueueText::QueueText(const yaml::Source& source, Parsed parsed)
    : name_(source.name()),
      text_(source.text()),
      can_cut_(parsed.layout.has_value()),
      why_rewritten_(std::move(parsed.why_no_layout)) {
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
        total = saturating_sum(total, jobs_of(held));
    }
    return total;
}

yaml::Span QueueText::region_of(const Held& held) const {
    return {text_.size() - (held.end_of_text - held.region.begin),
            text_.size() - (held.end_of_text - held.region.end)};
}

std::size_t QueueText::begin_of_entries() const {
    return entries_.empty() ? text_.size() : region_of(entries_.front()).begin;
}

model::Place QueueText::place_of_job(const Held& held, std::size_t n) const {
    const std::size_t jobs_a_command = job_count(held.entry) / held.entry.commands.size();
    const std::size_t begin = held.entry.commands[n / jobs_a_command].span.begin;
    return lines_.place_of(name_, text_, text_.size() - (held.end_of_text - begin));
}

std::optional<model::Job> QueueText::job_at(std::size_t n) const {
    for (const Held& held : entries_) {
        if (n < jobs_of(held)) return nth_job(held.entry, held.jobs_gone + n);
        n -= jobs_of(held);
    }
    return std::nullopt;
}

bool QueueText::is_canonical_at(std::size_t n) const {
    if (!can_cut_ || n >= entries_.size()) return false;
    for (std::size_t i = 0; i <= n; ++i) {
        if (job_count(entries_[i].entry) != 1) return false;
    }
    const yaml::Span region = region_of(entries_[n]);
    return text_.substr(region.begin, region.end - region.begin) ==
           canonical_text(entries_[n].entry, indent_, line_break());
}

Result<QueueText::Removal> QueueText::without_first_jobs(std::size_t most, bool in_place) const {
    Removal removal;
    std::size_t dropped = 0;
    std::size_t gone = 0;
    const model::Needs needs = head().needs;
    while (removal.jobs.size() < most && dropped < entries_.size() && gone == 0) {
        const Held& held = entries_[dropped];
        if (held.entry.needs != needs) break;
        const std::size_t taken = std::min(jobs_of(held), most - removal.jobs.size());
        for (std::size_t n = held.jobs_gone; n < held.jobs_gone + taken; ++n) {
            model::Job& job = removal.jobs.emplace_back(nth_job(held.entry, n));
            job.place = place_of_job(held, n);
        }
        if (taken == jobs_of(held)) {
            ++dropped;
        } else {
            gone = held.jobs_gone + taken;
        }
    }
    if (dropped < entries_.size()) {
        const Held& next = entries_[dropped];
        removal.next = nth_job(next.entry, gone == 0 ? next.jobs_gone : gone);
    }
    if (in_place) {
        if (auto edit = try_in_place(dropped, gone)) {
            removal.edit = std::move(*edit);
            return removal;
        }
    }
    Front front;
    front.dropped = dropped + (gone == 0 ? 0 : 1);
    for (std::size_t i = 1; i < front.dropped; ++i) {
        const std::size_t end = region_of(entries_[i - 1]).end;
        front.text.append(text_, end, region_of(entries_[i]).begin - end);
    }
    if (gone > 0) add_canonical(front, queue::without_first_jobs(entries_[dropped].entry, gone));
    auto edit = with_new(front);
    if (!edit) return edit.error();
    removal.edit = std::move(*edit);
    return removal;
}

// Without the first `dropped` entries, and with `gone` jobs of the next one gone.
std::optional<QueueText::Edit> QueueText::try_in_place(std::size_t dropped,
                                                       std::size_t gone) const {
    if (!can_cut_) return std::nullopt;
    Edit edit;
    for (std::size_t i = 0; i < dropped; ++i) {
        edit.hollows.push_back(region_of(entries_[i]));
        edit.jobs_more -= static_cast<std::ptrdiff_t>(jobs_of(entries_[i]));
    }
    if (gone > 0) {
        const Held& held = entries_[dropped];
        const auto* values = only_long_list(held.entry);
        if (values == nullptr) return std::nullopt;
        for (std::size_t n = held.jobs_gone; n < gone; ++n) {
            const auto lines =
                lines_of_value(text_, (*values)[n].span, text_.size() - held.end_of_text);
            if (!lines) return std::nullopt;
            edit.hollows.push_back(*lines);
        }
        edit.jobs_more -= static_cast<std::ptrdiff_t>(gone - held.jobs_gone);
    }
    edit.is_in_place = true;
    edit.dropped = dropped;
    edit.jobs_gone = gone;
    edit.at = edit.hollows.front().begin;
    edit.patch = text_.substr(edit.at, edit.hollows.back().end - edit.at);
    for (const yaml::Span& hollow : edit.hollows) {
        if (!comment_out(edit.patch, hollow.begin - edit.at, hollow.end - edit.at)) {
            return std::nullopt;
        }
    }
    if (is_proven_ && dropped < entries_.size()) return edit;
    std::string whole = text_;
    whole.replace(edit.at, edit.patch.size(), edit.patch);
    yaml::Diagnostics diagnostics;
    const auto found = parse_queue(yaml::Source(name_, std::move(whole)), diagnostics);
    if (diagnostics.has_errors() || !is_what_remains(found, dropped, gone, {})) {
        return std::nullopt;
    }
    return edit;
}

Result<QueueText::Edit> QueueText::with_front(const std::vector<model::Job>& jobs) const {
    Front front;
    std::vector<Entry> entries;
    entries.reserve(jobs.size());
    for (const model::Job& job : jobs) {
        entries.push_back(entry_of(job));
    }
    add_canonical(front, entries);
    add_head(front);
    return with_new(front);
}

Result<QueueText::Edit> QueueText::without_hollows() const {
    Front front;
    add_head(front);
    return with_new(front);
}

Result<QueueText::Edit> QueueText::without(const std::vector<FirstJobs>& jobs) const {
    Front front;
    front.dropped = jobs.back().entry + 1;
    std::size_t from = begin_of_entries();
    auto next = jobs.begin();
    for (std::size_t i = 0; i < front.dropped; ++i) {
        const yaml::Span region = region_of(entries_[i]);
        front.text.append(text_, from, region.begin - from);
        from = region.end;
        const Entry& entry = entries_[i].entry;
        if (next->entry == i) {
            add_canonical(front, queue::without_first_jobs(entry, next->count));
            ++next;
        } else {
            front.text.append(text_, region.begin, region.end - region.begin);
            front.entries.push_back(entry);
        }
    }
    return with_new(front);
}

void QueueText::add_canonical(Front& front, const std::vector<Entry>& entries) const {
    if (entries.empty()) return;
    end_line(front.text, line_break());
    front.text += canonical_texts(entries, indent_, line_break());
    front.entries.insert(front.entries.end(), entries.begin(), entries.end());
}

// A head with hollows is read anew from the lines that are left of it.
void QueueText::add_head(Front& front) const {
    if (entries_.empty() || last_hollow().span.end <= begin_of_entries()) return;
    const Held& held = entries_.front();
    const yaml::Span region = region_of(held);
    front.dropped = 1;
    front.text += solid(region.begin, region.end);
    if (held.jobs_gone == 0) front.entries.push_back(held.entry);
    if (held.jobs_gone == 0) return;
    // It has one list with several values; so what remains of it is one entry.
    for (Entry& rest : queue::without_first_jobs(held.entry, held.jobs_gone)) {
        front.entries.push_back(std::move(rest));
    }
}

// [begin, end) of the text without hollows.
std::string QueueText::solid(std::size_t begin, std::size_t end) const {
    std::string kept;
    for (const Hollow& hollow : hollows_) {
        if (hollow.span.end <= begin || hollow.span.begin >= end) continue;
        kept.append(text_, begin, hollow.span.begin - begin);
        begin = hollow.span.end;
    }
    return kept.append(text_, begin, end - begin);
}

std::string_view QueueText::line_break() const {
    std::string_view example = text_;
    if (!entries_.empty()) {
        const yaml::Span region = region_of(entries_.front());
        example = example.substr(region.begin, region.end - region.begin);
    }
    return example.find("\r\n") != std::string_view::npos ? "\r\n" : "\n";
}

Result<QueueText::Edit> QueueText::with_new(const Front& front) const {
    Edit edit;
    const auto count = [&](std::size_t jobs) { return static_cast<std::ptrdiff_t>(jobs); };
    for (const Entry& entry : front.entries) {
        edit.jobs_more += count(job_count(entry));
    }
    for (std::size_t i = 0; i < front.dropped; ++i) {
        edit.jobs_more -= count(jobs_of(entries_[i]));
    }
    if (can_cut_ && try_cut(front, edit)) return edit;
    const std::string comments = solid(0, leading_comments(text_));
    if (try_rewrite(comments, front, edit) || try_rewrite("", front, edit)) return edit;
    return Error(Code::invalid_input, "cannot take an entry out of " + name_ +
                                          " without changing the others; please report this file");
}

bool QueueText::try_cut(const Front& front, Edit& edit) const {
    std::string before = solid(0, begin_of_entries());
    if (!front.text.empty()) end_line(before, line_break());
    const yaml::Source source(name_, front.text);
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(source, diagnostics);
    if (diagnostics.has_errors() || !parsed.layout ||
        !std::ranges::equal(parsed.entries, front.entries, is_same_content)) {
        return false;
    }

    const std::size_t behind =
        front.dropped == 0 ? begin_of_entries() : region_of(entries_[front.dropped - 1]).end;
    edit.text.reserve(before.size() + front.text.size() + text_.size() - behind);
    edit.text.append(before).append(front.text).append(text_, behind);
    const bool is_emptied = entries_.size() <= front.dropped;
    if (text_.size() <= kAlwaysProvenUpTo || !is_proven_ || is_emptied) {
        const yaml::Source whole(name_, edit.text);
        const std::vector<Entry> found = parse_queue(whole, diagnostics);
        if (diagnostics.has_errors() || !is_what_remains(found, front.dropped, 0, front.entries)) {
            return false;
        }
    }
    edit.dropped = front.dropped;
    const std::size_t end_of_front = edit.text.size() - before.size();
    for (std::size_t i = 0; i < parsed.entries.size(); ++i) {
        edit.added.push_back(
            {std::move(parsed.entries[i]), parsed.layout->regions[i], end_of_front});
    }
    return true;
}

// Whether `found` stands for as many jobs as must remain, and has the right one first: `added`,
// then the entries behind the first `dropped`, the first of them without `gone` jobs.
bool QueueText::is_what_remains(const std::vector<Entry>& found, std::size_t dropped,
                                std::size_t gone, const std::vector<Entry>& added) const {
    if (found.size() != entries_.size() - dropped + added.size()) return false;
    if (found.empty()) return true;
    std::size_t wanted = 0;
    for (const Entry& entry : added) {
        wanted = saturating_sum(wanted, job_count(entry));
    }
    for (std::size_t i = dropped; i < entries_.size(); ++i) {
        const std::size_t jobs = job_count(entries_[i].entry) - (i == dropped ? gone : 0);
        wanted = saturating_sum(wanted, jobs);
    }
    std::size_t counted = 0;
    for (const Entry& entry : found) {
        counted = saturating_sum(counted, job_count(entry));
    }
    const model::Job first =
        added.empty() ? nth_job(entries_[dropped].entry, gone) : nth_job(added.front(), 0);
    return counted == wanted && is_same_job(nth_job(found.front(), 0), first);
}

bool QueueText::try_rewrite(std::string_view head_comments, const Front& front, Edit& edit) const {
    edit.text = head_comments;
    end_line(edit.text, "\n");
    edit.text += canonical_texts(front.entries, 0, "\n");
    for (std::size_t i = front.dropped; i < entries_.size(); ++i) {
        edit.text += canonical_text(entries_[i].entry);
    }
    const yaml::Source source(name_, edit.text);
    yaml::Diagnostics diagnostics;
    Parsed parsed = parse_with_layout(source, diagnostics);
    if (diagnostics.has_errors() ||
        !is_what_remains(parsed.entries, front.dropped, 0, front.entries)) {
        return false;
    }
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
    for (std::size_t i = 0; i < edit.dropped; ++i) {
        entries_.pop_front();
    }
    if (edit.is_in_place) {
        text_.replace(edit.at, edit.patch.size(), edit.patch);
        adopt_hollows(edit.hollows);
        if (edit.jobs_gone > 0) entries_.front().jobs_gone = edit.jobs_gone;
    } else {
        text_ = std::move(edit.text);
        lines_ = LineCursor();
        hollows_.clear();
        hollow_bytes_ = 0;
        entries_.insert(entries_.begin(), std::make_move_iterator(edit.added.begin()),
                        std::make_move_iterator(edit.added.end()));
    }
    // A saturated total is counted afresh.
    job_total_ = job_total_ == kSaturated ? counted_jobs()
                                          : job_total_ + static_cast<std::size_t>(edit.jobs_more);
}

void QueueText::adopt_hollows(const std::vector<yaml::Span>& spans) {
    for (const yaml::Span& span : spans) {
        // The lines of an entry's values, and at last the entry with all of them.
        while (!hollows_.empty() && hollows_.back().span.begin >= span.begin) {
            hollow_bytes_ -= hollows_.back().span.end - hollows_.back().span.begin;
            hollows_.pop_back();
        }
        const std::string_view bytes =
            std::string_view(text_).substr(span.begin, span.end - span.begin);
        hollow_bytes_ += bytes.size();
        if (!hollows_.empty() && hollows_.back().span.end == span.begin) {
            hollows_.back().span.end = span.end;
            hollows_.back().digest = digest(bytes, hollows_.back().digest);
        } else {
            hollows_.push_back({span, digest(bytes)});
        }
    }
}

}  // namespace remuda::queue
