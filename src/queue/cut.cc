// SPDX-License-Identifier: MIT
#include "queue/cut.h"

#include "queue/canonical.h"
#include "queue/product.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace remuda::queue {

namespace {

// A smaller file is written anew for each run: that costs little, and people see less of our doing.
constexpr std::size_t kUnrolledFrom = std::size_t{4} << 10;

constexpr std::size_t kSaturated = std::numeric_limits<std::size_t>::max();

std::size_t lists_of(const Entry& entry) {
    return entry.parameters.size() + 1;
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

std::size_t QueueText::Held::jobs_left() const {
    return job_count(entry) - jobs_gone;
}

std::size_t QueueText::counted_jobs() const {
    std::size_t total = 0;
    for (const Held& held : entries_) {
        total = saturating_sum(total, held.jobs_left());
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

model::Needs QueueText::head_needs() const {
    const Held& held = entries_.front();
    return needs_of_job(held.entry, held.jobs_gone);
}

std::optional<model::Job> QueueText::job_at(std::size_t n) const {
    for (const Held& held : entries_) {
        if (n < held.jobs_left()) return nth_job(held.entry, held.jobs_gone + n);
        n -= held.jobs_left();
    }
    return std::nullopt;
}

bool QueueText::is_tidy() const {
    return hollow_bytes_ == 0 && (runs_ == 0 || runs_ <= lists_of(entries_.front().entry));
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
    const model::Needs needs = head_needs();
    while (removal.jobs.size() < most && dropped < entries_.size() && gone == 0) {
        const Held& held = entries_[dropped];
        const std::size_t begin = held.jobs_gone;
        const std::size_t end = begin + std::min(held.jobs_left(), most - removal.jobs.size());
        std::size_t taken = 0;
        for (std::size_t n = begin; n < end && needs_of_job(held.entry, n) == needs; ++n, ++taken) {
            model::Job& job = removal.jobs.emplace_back(nth_job(held.entry, n));
            job.place = place_of_job(held, n);
        }
        if (taken == 0) break;
        if (taken == held.jobs_left()) {
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
    bool is_of_runs = dropped < runs_;
    std::size_t runs = is_of_runs ? runs_ - front.dropped : 0;
    if (gone > 0) {
        const Entry& entry = entries_[dropped].entry;
        const std::vector<Entry> rest =
            in_place ? runs_and_rest(entry, gone) : queue::without_first_jobs(entry, gone);
        add_canonical(front, rest);
        is_of_runs = is_of_runs || rest.size() > lists_of(entry);
        if (is_of_runs) runs += rest.size();
    }
    auto edit = with_new(front);
    if (!edit) return edit.error();
    removal.edit = std::move(*edit);
    removal.edit.runs = runs;
    return removal;
}

// What stands for the jobs of `entry` behind the first `gone`.
std::vector<Entry> QueueText::runs_and_rest(const Entry& entry, std::size_t gone) const {
    const std::size_t solid_bytes = text_.size() - hollow_bytes_;
    std::size_t room = solid_bytes < kUnrolledFrom ? 0 : solid_bytes / 4;
    std::vector<Entry> entries;
    for (const std::size_t count = job_count(entry); gone < count;) {
        Entry run = run_from(entry, gone);
        const std::size_t length = canonical_text(run, indent_, line_break()).size();
        if (length > room) break;
        room -= length;
        gone += job_count(run);
        entries.push_back(std::move(run));
    }
    std::ranges::move(queue::without_first_jobs(entry, gone), std::back_inserter(entries));
    return entries;
}

// Without the first `dropped` entries, and with `gone` jobs of the next one gone.
std::optional<QueueText::Edit> QueueText::try_in_place(std::size_t dropped,
                                                       std::size_t gone) const {
    if (!can_cut_) return std::nullopt;
    Edit edit;
    for (std::size_t i = 0; i < dropped; ++i) {
        edit.hollows.push_back(region_of(entries_[i]));
        edit.jobs_more -= static_cast<std::ptrdiff_t>(entries_[i].jobs_left());
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

void QueueText::apply(Edit edit) {
    if (edit.is_rewritten) {
        QueueText whole = std::move(*edit.whole);
        whole.runs_ = edit.runs;
        *this = std::move(whole);
        return;
    }
    if (!edit.is_found) is_proven_ = true;
    for (std::size_t i = 0; i < edit.dropped; ++i) {
        entries_.pop_front();
    }
    if (edit.is_in_place) {
        text_.replace(edit.at, edit.patch.size(), edit.patch);
        adopt_hollows(edit.hollows);
        if (edit.jobs_gone > 0) entries_.front().jobs_gone = edit.jobs_gone;
        runs_ -= std::min(edit.dropped, runs_);
    } else {
        text_ = std::move(edit.text);
        lines_ = LineCursor();
        hollows_.clear();
        hollow_bytes_ = 0;
        runs_ = edit.runs;
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

void QueueText::adopt_runs(std::size_t entries) {
    runs_ = 0;
    while (runs_ < std::min(entries, entries_.size())) {
        const std::size_t end = runs_ == 0 ? 0 : region_of(entries_[runs_ - 1]).end;
        if (runs_ > 0 && region_of(entries_[runs_]).begin != end) break;
        ++runs_;
    }
}

}  // namespace remuda::queue
