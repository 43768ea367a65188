// SPDX-License-Identifier: MIT
#include "queue/terms.h"

#include "queue/layout.h"
#include "queue/product.h"
#include "queue/splice.h"
#include "remuda/queue/new_entry.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::queue {

namespace {

// Entries [begin, end) of a version.
struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::size_t size() const { return end - begin; }
};

class Recasting {
  public:
    Recasting(const Version& base, const Version& theirs)
        : base_(base),
          theirs_(theirs),
          indent_(theirs.parsed.layout ? theirs.parsed.layout->indent : 0),
          line_break_(line_break_of(theirs.source.text())) {}

    std::optional<yaml::Source> recast() {
        const Partners partners = aligned_late(base_.contents, theirs_.contents);
        Range gone;
        Range come;
        for (std::size_t i = 0; i <= base_.size(); ++i) {
            const std::optional<std::size_t> partner =
                i < base_.size() ? partners[i] : std::optional(theirs_.size());
            if (!partner) continue;
            gone.end = i;
            come.end = *partner;
            recast(gone, come);
            keep({*partner, std::min(*partner + 1, theirs_.size())});
            gone.begin = i + 1;
            come.begin = *partner + 1;
        }
        if (!is_recast_) return std::nullopt;
        yaml::Source source(theirs_.source.name(), text_);
        yaml::Diagnostics diagnostics;
        const std::vector<Entry> found = parse_queue(source, diagnostics);
        if (diagnostics.has_errors() || !std::ranges::equal(found, entries_, is_same_content)) {
            return std::nullopt;
        }
        return source;
    }

  private:
    // `come` stands where `gone` stood.
    void recast(Range gone, Range come) {
        if (gone.size() > 0 && come.size() > 0) {
            // Jobs are taken from the top, so it is the last ones that are there in part. Others
            // are looked at as long as it costs little.
            const std::size_t most = std::max<std::size_t>(kMostComparisons / come.size(), 1);
            gone.begin = gone.end - std::min(gone.size(), most);
            const auto first = base_.entries().begin();
            for (const Joined& whole : joined({first + static_cast<std::ptrdiff_t>(gone.begin),
                                               first + static_cast<std::ptrdiff_t>(gone.end)})) {
                gone.end = gone.begin + whole.parts;
                const std::size_t before = come.begin;
                come.begin = recast(whole.entry, gone, come);
                // Not all of them are there: one each may be.
                for (; come.begin == before && whole.parts > 1 && gone.size() > 0; ++gone.begin)
                    come.begin =
                        recast(base_.entries()[gone.begin], {gone.begin, gone.begin + 1}, come);
                gone.begin = gone.end;
            }
        }
        keep(come);
    }

    // The jobs of `whole` are those of `parts`. The end of what was found of it in `come`.
    std::size_t recast(const Entry& whole, Range parts, Range come) {
        const Range found = last_jobs(whole, come);
        if (found.size() == 0) return come.begin;
        keep({come.begin, found.begin});
        std::size_t left = 0;
        for (std::size_t j = found.begin; j < found.end; ++j)
            left += job_count(theirs_.entries()[j]);
        std::size_t taken = job_count(whole) - left;
        std::vector<Entry> rest;
        for (std::size_t i = parts.begin; i < parts.end; ++i) {
            const Entry& part = base_.entries()[i];
            const std::size_t jobs = job_count(part);
            if (taken == 0) rest.push_back(part);
            if (taken > 0)
                std::ranges::move(without_first_jobs(part, taken), std::back_inserter(rest));
            taken -= std::min(taken, jobs);
        }
        const auto first = theirs_.entries().begin();
        if (std::equal(rest.begin(), rest.end(), first + static_cast<std::ptrdiff_t>(found.begin),
                       first + static_cast<std::ptrdiff_t>(found.end), is_same_content)) {
            keep(found);
            return found.end;
        }
        is_recast_ = true;
        for (const Entry& entry : rest)
            add(entry_text(entry, indent_, line_break_), entry);
        return found.end;
    }

    // Entries in a row, of `come`, that are the last jobs of `whole`: of several the most jobs.
    Range last_jobs(const Entry& whole, Range come) {
        const std::size_t total = job_count(whole);
        Range found;
        std::size_t most = 0;
        if (total == std::numeric_limits<std::size_t>::max()) return found;
        for (std::size_t end = come.begin + 1; end <= come.end; ++end) {
            std::size_t n = total;
            std::size_t begin = end;
            for (; begin > come.begin && comparisons_ < kMostComparisons; --begin, ++comparisons_) {
                const Entry& entry = theirs_.entries()[begin - 1];
                const std::size_t jobs = job_count(entry);
                if (jobs > n || !is_slice(whole, n - jobs, entry)) break;
                n -= jobs;
            }
            if (total - n <= most) continue;
            most = total - n;
            found = {begin, end};
        }
        return found;
    }

    void keep(Range range) {
        for (std::size_t j = range.begin; j < range.end; ++j) {
            const Entry& entry = theirs_.entries()[j];
            const auto& layout = theirs_.parsed.layout;
            if (!layout) {
                add(entry_text(entry, indent_, line_break_), entry);
                continue;
            }
            const yaml::Span at = layout->regions[j];
            add(std::string_view(theirs_.source.text()).substr(at.begin, at.end - at.begin), entry);
        }
    }

    void add(std::string_view text, const Entry& entry) {
        end_line(text_, line_break_);
        text_ += text;
        entries_.push_back(entry);
    }

    static constexpr std::size_t kMostComparisons = 1'000'000;

    const Version& base_;
    const Version& theirs_;
    const std::size_t indent_;
    const std::string_view line_break_;
    std::size_t comparisons_ = 0;
    bool is_recast_ = false;
    std::string text_;
    std::vector<Entry> entries_;
};

}  // namespace

std::optional<yaml::Source> in_terms_of(const Version& base, const Version& theirs) {
    return Recasting(base, theirs).recast();
}

}  // namespace remuda::queue
