// SPDX-License-Identifier: MIT
#include "queue/versions.h"

#include "queue/product.h"
#include "remuda/queue/new_entry.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace remuda::queue {

namespace {

// Texts hold no NUL.
std::string canonical_key(const Entry& entry) {
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
    add(entry.options.written);
    return key;
}

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

struct Likeness {
    /// From 0 to 1: what is the same at both ends, as a part of the longer text.
    double degree = 0;
    /// At least half of the shorter text is the same.
    bool is_alike = false;
};

Likeness likeness(std::string_view a, std::string_view b) {
    const std::size_t shorter = std::min(a.size(), b.size());
    const std::size_t longer = std::max(a.size(), b.size());
    const auto front = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    std::size_t back = 0;
    while (front + back < shorter && a[a.size() - 1 - back] == b[b.size() - 1 - back]) {
        ++back;
    }
    const std::size_t same = front + back;
    return {longer == 0 ? 1 : static_cast<double>(same) / static_cast<double>(longer),
            2 * same >= shorter};
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
using LikenessOf = std::function<Likeness(std::size_t, std::size_t)>;

// Pairs of a row and a column that are alike, both rising, as many as can be; of these choices the
// one with the largest sum of degrees. Large tables: the first with the first and so on.
Pairs best_pairs(std::size_t rows, std::size_t columns, const LikenessOf& likeness_of) {
    constexpr std::size_t most_cells = 250'000;
    Pairs pairs;
    if (rows > most_cells / columns) {
        for (std::size_t i = 0; i < std::min(rows, columns); ++i) {
            if (likeness_of(i, i).is_alike) pairs.emplace_back(i, i);
        }
        return pairs;
    }
    // One more pair is worth more than any likeness.
    const auto worth_of_pair = static_cast<double>(rows + columns);
    const std::size_t width = columns + 1;
    std::vector<double> worth((rows + 1) * width, 0);
    for (std::size_t i = rows; i-- > 0;) {
        for (std::size_t j = columns; j-- > 0;) {
            double& best = worth[i * width + j];
            best = std::max(worth[(i + 1) * width + j], worth[i * width + j + 1]);
            const Likeness own = likeness_of(i, j);
            if (!own.is_alike) continue;
            best = std::max(best, worth_of_pair + own.degree + worth[(i + 1) * width + j + 1]);
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
        const auto likeness_of = [&](std::size_t i, std::size_t j) {
            return likeness(base_.entries()[missing[i]].commands.front().text,
                            mine_.entries()[made[j]].commands.front().text);
        };
        for (const auto& [i, j] : best_pairs(missing.size(), made.size(), likeness_of)) {
            edits_.changed_from[made[j]] = missing[i];
            edits_.places[missing[i]] = made[j];
        }
    }

    const Version& base_;
    const Version& mine_;
    Edits edits_;
};

}  // namespace

Version Numbering::read(const yaml::Source& source) {
    yaml::Diagnostics diagnostics;
    Version version{source, parse_with_layout(source, diagnostics), {}};
    for (const Entry& entry : version.entries()) {
        version.contents.push_back(
            numbers_.emplace(canonical_key(entry), numbers_.size()).first->second);
    }
    return version;
}

Progress progress_since(const Version& base, const Version& theirs) {
    return ProgressFinder(base, theirs).find();
}

Edits edits_since(const Version& base, const Version& mine) {
    return EditFinder(base, mine).find();
}

}  // namespace remuda::queue
