// SPDX-License-Identifier: MIT
#include "remuda/queue/merge.h"

#include "queue/alignment.h"
#include "queue/parse.h"
#include "queue/product.h"
#include "queue/splice.h"
#include "remuda/queue/new_entry.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

namespace remuda::queue {

namespace {

// A queue's entries with a number for each, the same for those that are the same.
struct Version {
    const yaml::Source& source;
    Parsed parsed;
    Sequence contents;

    [[nodiscard]] const std::vector<Entry>& entries() const { return parsed.entries; }
    [[nodiscard]] std::size_t size() const { return parsed.entries.size(); }
};

class Numbering {
  public:
    Version read(const yaml::Source& source) {
        yaml::Diagnostics diagnostics;
        Version version{source, parse_with_layout(source, diagnostics), {}};
        for (const Entry& entry : version.entries()) {
            version.contents.push_back(
                numbers_.emplace(canonical_key(entry), numbers_.size()).first->second);
        }
        return version;
    }

  private:
    // Texts hold no NUL.
    static std::string canonical_key(const Entry& entry) {
        std::string key;
        const auto add = [&key](std::string_view text) { key.append(text).push_back('\0'); };
        const auto add_all = [&](const std::vector<Entry::Value>& values) {
            add(std::to_string(values.size()));
            for (const Entry::Value& value : values)
                add(value.text);
        };
        add_all(entry.commands);
        for (const Entry::Parameter& parameter : entry.parameters) {
            add(parameter.name);
            add_all(parameter.values);
        }
        // No name is empty.
        add("");
        add(std::to_string(entry.needs.slots));
        add(std::to_string(static_cast<int>(entry.needs.policy)));
        add(entry.options.name);
        return key;
    }

    std::unordered_map<std::string, std::size_t> numbers_;
};

// What has become of the entries of the base in the queue.
struct Progress {
    struct Fate {
        bool is_gone = false;
        /// With is_gone: the entries of `theirs` that stand for the jobs that were not taken; none
        /// if all were.
        std::size_t rest_begin = 0;
        std::size_t rest_end = 0;
        std::size_t jobs_left = 0;
    };
    /// Of each entry of the base.
    std::vector<Fate> fates;
    /// Of each entry of theirs: the entry of the base that it is or remains of.
    Partners origins;
};

class ProgressFinder {
  public:
    ProgressFinder(const Version& base, const Version& theirs) : base_(base), theirs_(theirs) {}

    Progress find() {
        const Partners partners = aligned_late(base_.contents, theirs_.contents);
        progress_.fates.resize(base_.size());
        progress_.origins.resize(theirs_.size());
        std::size_t gap_begin = 0;
        std::size_t new_begin = 0;
        for (std::size_t i = 0; i <= base_.size(); ++i) {
            const std::optional<std::size_t> partner =
                i < base_.size() ? partners[i] : std::optional(theirs_.size());
            if (!partner) continue;
            settle_gap(gap_begin, i, new_begin, *partner);
            if (i < base_.size()) progress_.origins[*partner] = i;
            gap_begin = i + 1;
            new_begin = *partner + 1;
        }
        return std::move(progress_);
    }

  private:
    // Entries [begin, end) of the base are gone, [new_begin, new_end) have come.
    void settle_gap(std::size_t begin, std::size_t end, std::size_t new_begin,
                    std::size_t new_end) {
        for (std::size_t i = begin; i < end; ++i)
            progress_.fates[i].is_gone = true;
        // Jobs are taken from the top, so it is the last one that was taken in part. Others are
        // looked at as long as it costs little.
        constexpr std::size_t most_comparisons = 1'000'000;
        if (new_end == new_begin || end == begin) return;
        if (end - begin > most_comparisons / (new_end - new_begin)) begin = end - 1;
        for (std::size_t i = begin; i < end; ++i) {
            if (try_find_rest(i, new_begin, new_end)) new_begin = progress_.fates[i].rest_end;
        }
    }

    bool try_find_rest(std::size_t gone, std::size_t new_begin, std::size_t new_end) {
        const Entry& entry = base_.entries()[gone];
        const std::size_t most = entry.parameters.size() + 1;
        for (std::size_t begin = new_begin; begin < new_end; ++begin) {
            for (std::size_t end = begin + 1; end <= std::min(new_end, begin + most); ++end) {
                const std::size_t jobs = jobs_of_rest(entry, begin, end);
                if (jobs == 0) continue;
                progress_.fates[gone] = {true, begin, end, jobs};
                for (std::size_t j = begin; j < end; ++j)
                    progress_.origins[j] = gone;
                return true;
            }
        }
        return false;
    }

    // The number of jobs in entries [begin, end) of theirs if they are the last ones of `entry`.
    [[nodiscard]] std::size_t jobs_of_rest(const Entry& entry, std::size_t begin,
                                           std::size_t end) const {
        const auto& entries = theirs_.entries();
        // What remains always ends with the last command: cheap to see.
        if (entries[end - 1].commands.back().text != entry.commands.back().text) return 0;
        std::size_t jobs = 0;
        for (std::size_t j = begin; j < end; ++j)
            jobs = saturating_sum(jobs, job_count(entries[j]));
        const std::size_t total = job_count(entry);
        if (jobs >= total) return 0;
        const std::vector<Entry> rest = without_first_jobs(entry, total - jobs);
        const bool is_rest = std::equal(
            rest.begin(), rest.end(), entries.begin() + static_cast<std::ptrdiff_t>(begin),
            entries.begin() + static_cast<std::ptrdiff_t>(end), is_same_content);
        return is_rest ? jobs : 0;
    }

    const Version& base_;
    const Version& theirs_;
    Progress progress_;
};

// Which entries of the user's text are those of the base.
struct Edits {
    /// Of each entry of mine: the entry of the base that it is, here or elsewhere in the file.
    Partners origins;
    /// Of each entry of mine without an origin: the entry of the base that it was made from, if one
    /// stood there.
    Partners changed_from;
    /// Of each entry of the base: where it is in mine, as it was or changed.
    Partners places;
};

// How alike two texts are, from 0 to 1.
double likeness(std::string_view a, std::string_view b) {
    const auto front = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    a.remove_prefix(front);
    b.remove_prefix(front);
    std::size_t back = 0;
    while (back < a.size() && back < b.size() && a[a.size() - 1 - back] == b[b.size() - 1 - back]) {
        ++back;
    }
    const std::size_t longer = front + std::max(a.size(), b.size());
    return longer == 0 ? 1 : static_cast<double>(front + back) / static_cast<double>(longer);
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// Pairs of a row and a column, both rising, as many as can be; of these choices the one with the
// largest sum of scores (from 0 to 1 each). Large tables: the first with the first and so on.
Pairs best_pairs(std::size_t rows, std::size_t columns,
                 const std::function<double(std::size_t, std::size_t)>& score) {
    constexpr std::size_t most_cells = 250'000;
    Pairs pairs;
    if (rows > most_cells / columns) {
        for (std::size_t i = 0; i < std::min(rows, columns); ++i)
            pairs.emplace_back(i, i);
        return pairs;
    }
    // One more pair is worth more than any likeness.
    const auto worth_of_pair = static_cast<double>(rows + columns);
    const std::size_t width = columns + 1;
    std::vector<double> worth((rows + 1) * width, 0);
    std::vector<double> scores(rows * columns);
    for (std::size_t i = rows; i-- > 0;) {
        for (std::size_t j = columns; j-- > 0;) {
            const double own = worth_of_pair + score(i, j);
            scores[i * columns + j] = own;
            worth[i * width + j] = std::max({own + worth[(i + 1) * width + j + 1],
                                             worth[(i + 1) * width + j], worth[i * width + j + 1]});
        }
    }
    for (std::size_t i = 0, j = 0; i < rows && j < columns;) {
        if (worth[(i + 1) * width + j] >= worth[i * width + j]) {
            ++i;
        } else if (worth[i * width + j + 1] >= worth[i * width + j]) {
            ++j;
        } else {
            pairs.emplace_back(i++, j++);
        }
    }
    return pairs;
}

class EditFinder {
  public:
    EditFinder(const Version& base, const Version& mine) : base_(base), mine_(mine) {}

    Edits find() {
        const Partners in_place = aligned_early(base_.contents, mine_.contents);
        edits_.places = in_place;
        edits_.origins.resize(mine_.size());
        edits_.changed_from.resize(mine_.size());
        for (std::size_t i = 0; i < base_.size(); ++i) {
            if (const auto& place = in_place[i]) edits_.origins[*place] = i;
        }
        find_moved();
        std::size_t gap_begin = 0;
        std::size_t new_begin = 0;
        for (std::size_t i = 0; i <= base_.size(); ++i) {
            const std::optional<std::size_t> partner =
                i < base_.size() ? in_place[i] : std::optional(mine_.size());
            if (!partner) continue;
            find_changed(gap_begin, i, new_begin, *partner);
            gap_begin = i + 1;
            new_begin = *partner + 1;
        }
        return std::move(edits_);
    }

  private:
    void find_moved() {
        std::unordered_map<std::size_t, std::vector<std::size_t>> left;
        for (std::size_t j = mine_.size(); j-- > 0;) {
            if (!edits_.origins[j]) left[mine_.contents[j]].push_back(j);
        }
        for (std::size_t i = 0; i < base_.size(); ++i) {
            const auto found = left.find(base_.contents[i]);
            if (edits_.places[i] || found == left.end() || found->second.empty()) continue;
            edits_.places[i] = found->second.back();
            edits_.origins[found->second.back()] = i;
            found->second.pop_back();
        }
    }

    // What is missing of [begin, end) of the base where [new_begin, new_end) of mine is new.
    void find_changed(std::size_t begin, std::size_t end, std::size_t new_begin,
                      std::size_t new_end) {
        std::vector<std::size_t> missing;
        for (std::size_t i = begin; i < end; ++i) {
            if (!edits_.places[i]) missing.push_back(i);
        }
        std::vector<std::size_t> made;
        for (std::size_t j = new_begin; j < new_end; ++j) {
            if (!edits_.origins[j]) made.push_back(j);
        }
        if (missing.empty() || made.empty()) return;
        const auto score = [&](std::size_t i, std::size_t j) {
            return likeness(base_.entries()[missing[i]].commands.front().text,
                            mine_.entries()[made[j]].commands.front().text);
        };
        for (const auto& [i, j] : best_pairs(missing.size(), made.size(), score)) {
            edits_.changed_from[made[j]] = missing[i];
            edits_.places[missing[i]] = made[j];
        }
    }

    const Version& base_;
    const Version& mine_;
    Edits edits_;
};

// Puts the user's text together with what has happened to the queue.
class Merger {
  public:
    Merger(const Version& base, const Version& mine, const Version& theirs)
        : base_(base),
          mine_(mine),
          theirs_(theirs),
          progress_(ProgressFinder(base, theirs).find()),
          edits_(EditFinder(base, mine).find()),
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
    return Merger(base_version, my_version, their_version).merge();
}

}  // namespace remuda::queue
