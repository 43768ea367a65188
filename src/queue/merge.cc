// SPDX-License-Identifier: MIT
#include "remuda/queue/merge.h"

#include "queue/splice.h"
#include "queue/terms.h"
#include "queue/versions.h"
#include "remuda/queue/new_entry.h"

#include <optional>
#include <utility>

namespace remuda::queue {

namespace {

// Puts the user's text together with what has happened to the queue.
class Merger {
  public:
    Merger(const Version& base, const Version& mine, const Version& theirs)
        : base_(base),
          mine_(mine),
          theirs_(theirs),
          progress_(progress_since(base, theirs)),
          edits_(edits_since(base, mine)),
          regions_(mine.parsed.layout ? mine.parsed.layout->regions : std::vector<yaml::Span>()),
          behind_(mine.size()) {}

    Result<Merged> merge() {
        place_added();
        for (const std::size_t j : front_)
            add(j);
        if (mine_.parsed.layout && mine_.size() > 0) insert(region(0).begin, front_);
        for (std::size_t k = 0; k < mine_.size(); ++k) {
            place_own(k);
            for (const std::size_t j : behind_[k])
                add(j);
            if (mine_.parsed.layout) insert(region(k).end, behind_[k]);
        }
        for (const std::size_t j : back_)
            add(j);
        auto change = is_unchanged() ? Change{mine_.source.text(), std::move(wanted_), false}
                                     : spliced(mine_.source, ways(), std::move(wanted_));
        if (!change) return change.error();
        merged_.change = std::move(*change);
        return std::move(merged_);
    }

  private:
    [[nodiscard]] yaml::Span region(std::size_t k) const { return regions_[k]; }

    // Where the entries go that others have added.
    void place_added() {
        std::optional<std::size_t> first_known;
        std::optional<std::size_t> last_known;
        for (std::size_t j = 0; j < theirs_.size(); ++j) {
            if (!progress_.origins[j]) continue;
            if (!first_known) first_known = j;
            last_known = j;
        }
        // The latest one before them that the user has not deleted.
        std::optional<std::size_t> before;
        for (std::size_t j = 0; j < theirs_.size(); ++j) {
            if (const auto origin = progress_.origins[j]) {
                if (const auto& place = edits_.places[*origin]) before = place;
                continue;
            }
            ++merged_.added;
            if (!last_known || j > *last_known) {
                back_.push_back(j);
            } else if (j < first_known.value_or(0) || !before) {
                front_.push_back(j);
            } else {
                behind_[*before].push_back(j);
            }
        }
        if (mine_.size() > 0) return;
        // Behind the comments that are left.
        back_.insert(back_.begin(), front_.begin(), front_.end());
        front_.clear();
    }

    // The user's `k`-th entry: as it is, less what was taken of it.
    void place_own(std::size_t k) {
        const auto origin = edits_.origins[k];
        if (!origin || !progress_.fates[*origin].is_gone) {
            wanted_.push_back(mine_.entries()[k]);
            note_conflict(k);
            return;
        }
        ++merged_.taken;
        const Progress::Fate& fate = progress_.fates[*origin];
        std::string text;
        for (std::size_t j = fate.rest_begin; j < fate.rest_end; ++j) {
            add(j);
            text += text_of(j);
        }
        if (mine_.parsed.layout) splices_.push_back({region(k), text});
    }

    void note_conflict(std::size_t k) {
        const auto from = edits_.changed_from[k];
        if (!from || !progress_.fates[*from].is_gone) return;
        const Entry& was = base_.entries()[*from];
        const std::size_t jobs = job_count(was);
        merged_.conflicts.push_back({was.commands.front().text,
                                     mine_.entries()[k].commands.front().text, jobs,
                                     jobs - progress_.fates[*from].jobs_left});
    }

    void add(std::size_t j) { wanted_.push_back(theirs_.entries()[j]); }

    void insert(std::size_t at, const std::vector<std::size_t>& added) {
        if (added.empty()) return;
        std::string text;
        for (const std::size_t j : added)
            text += text_of(j);
        splices_.push_back({{at, at}, std::move(text)});
    }

    // An entry of theirs in the style of mine: as it is written there, where that fits.
    [[nodiscard]] std::string text_of(std::size_t j) const {
        const std::size_t indent =
            mine_.size() > 0 && mine_.parsed.layout ? mine_.parsed.layout->indent : 0;
        const std::string_view line_break = line_break_of(mine_.source.text());
        const auto& layout = theirs_.parsed.layout;
        if (!layout || layout->indent != indent ||
            line_break_of(theirs_.source.text()) != line_break) {
            return entry_text(theirs_.entries()[j], indent, line_break);
        }
        const yaml::Span at = layout->regions[j];
        std::string text = theirs_.source.text().substr(at.begin, at.end - at.begin);
        if (!text.ends_with('\n')) text += line_break;
        return text;
    }

    [[nodiscard]] bool is_unchanged() const { return merged_.taken == 0 && merged_.added == 0; }

    [[nodiscard]] std::vector<std::vector<Splice>> ways() const {
        if (!mine_.parsed.layout) return {};
        if (back_.empty()) return {splices_};
        std::string text;
        for (const std::size_t j : back_)
            text += text_of(j);
        std::vector<std::vector<Splice>> ways;
        const auto try_at = [&](std::size_t at) {
            ways.push_back(splices_);
            ways.back().push_back({{at, at}, text});
        };
        // As for adding: behind the comments at the end, if that can be.
        try_at(mine_.source.text().size());
        if (mine_.size() > 0) try_at(region(mine_.size() - 1).end);
        return ways;
    }

    const Version& base_;
    const Version& mine_;
    const Version& theirs_;
    Progress progress_;
    Edits edits_;
    /// Where the entries of mine stand, if it can be cut.
    std::vector<yaml::Span> regions_;
    /// Entries of theirs that go before all of mine, behind each of mine, and behind all.
    std::vector<std::size_t> front_;
    std::vector<std::vector<std::size_t>> behind_;
    std::vector<std::size_t> back_;
    std::vector<Entry> wanted_;
    std::vector<Splice> splices_;
    Merged merged_;
};

}  // namespace

Result<Merged> merge(const yaml::Source& base, const yaml::Source& mine,
                     const yaml::Source& theirs) {
    Numbering numbering;
    const Version base_version = numbering.read(base);
    const Version my_version = numbering.read(mine);
    const Version their_version = numbering.read(theirs);
    const auto recast = in_terms_of(base_version, their_version);
    if (!recast) return Merger(base_version, my_version, their_version).merge();
    return Merger(base_version, my_version, numbering.read(*recast)).merge();
}

}  // namespace remuda::queue
