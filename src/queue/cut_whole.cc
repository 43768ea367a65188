// SPDX-License-Identifier: MIT
//
// Edits that write the whole file: entries at the front replaced by others, and the proof that what
// comes out is what is meant.
#include "queue/canonical.h"
#include "queue/cut.h"
#include "queue/layout.h"
#include "queue/product.h"
#include "remuda/queue/new_entry.h"

#include <algorithm>
#include <iterator>

namespace remuda::queue {

namespace {

// Files up to this size are parsed again as a whole after each cut, before they are written: some
// ten microseconds. In larger ones that is done at the first cut after reading and at the last; at
// the others only the new lines are parsed.
constexpr std::size_t kAlwaysProvenUpTo = std::size_t{1} << 10;

std::string canonical_texts(const std::vector<Entry>& entries, std::size_t indent,
                            std::string_view line_break) {
    std::string text;
    for (const Entry& entry : entries) {
        text += canonical_text(entry, indent, line_break);
    }
    return text;
}

}  // namespace

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
    auto edit = with_new(front);
    if (edit) edit->runs = runs_;
    return edit;
}

Result<QueueText::Edit> QueueText::tidied() const {
    if (runs_ == 0) return without_hollows();
    Front front;
    front.dropped = runs_;
    std::vector<Entry> left;
    for (std::size_t i = 0; i < runs_; ++i) {
        const Held& held = entries_[i];
        if (held.jobs_gone == 0) left.push_back(held.entry);
        if (held.jobs_gone == 0) continue;
        std::ranges::move(queue::without_first_jobs(held.entry, held.jobs_gone),
                          std::back_inserter(left));
    }
    std::vector<Entry> few;
    for (Joined& one : joined(std::move(left)))
        few.push_back(std::move(one.entry));
    add_canonical(front, few);
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
        edit.jobs_more -= count(entries_[i].jobs_left());
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

}  // namespace remuda::queue
