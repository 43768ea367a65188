// SPDX-License-Identifier: MIT
//
// Random queues, edited by a user while jobs are taken from the front and entries come.
#include "queue/canonical.h"
#include "remuda/queue/merge.h"
#include "remuda/queue/new_entry.h"
#include "support/seed.h"
#include "unit/queue/queues.h"

#include <algorithm>
#include <map>
#include <random>

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::test::jobs_in;

using Entries = std::vector<Entry>;
using Strings = std::vector<std::string>;

namespace {

class Play {
  public:
    explicit Play(unsigned seed, bool has_same) : random_(seed), has_same_(has_same) {}

    std::size_t below(std::size_t n) { return random_() % n; }

    Entry entry(const std::string& word) {
        Entry entry;
        const auto values = [&](std::size_t count) {
            std::vector<Entry::Value> list;
            for (std::size_t i = 0; i < count; ++i)
                list.push_back({std::to_string(i), {}, {}});
            return list;
        };
        entry.commands.push_back({word, {}, {}});
        if (below(3) == 0) entry.commands.push_back({word + " also", {}, {}});
        if (below(3) == 0) entry.parameters.push_back({"x", {}, values(1 + below(3))});
        if (below(3) == 0) entry.parameters.push_back({"y", {}, values(1 + below(3))});
        if (below(4) == 0) {
            const auto at = entry.parameters.begin() +
                            static_cast<std::ptrdiff_t>(below(entry.parameters.size() + 1));
            entry.parameters.insert(at, {"slots", {}, {{"1", {}, {}}, {"2", {}, {}}}});
        }
        return entry;
    }

    Entries base() {
        Entries entries;
        const std::size_t count = below(8);
        for (std::size_t i = 0; i < count; ++i) {
            const std::string word =
                has_same_ ? "same " + std::to_string(below(3)) : "base " + std::to_string(i);
            entries.push_back(entry(word));
            // Really the same, now and then.
            if (has_same_ && below(2) == 0) entries.push_back(entries[below(entries.size())]);
        }
        return entries;
    }

    // The user deletes, moves and adds, but changes nothing.
    Entries edited(Entries entries) {
        const std::size_t edits = below(5);
        for (std::size_t i = 0; i < edits; ++i) {
            const std::size_t at = below(entries.size() + 1);
            if (below(3) == 0) {
                // Where nothing is missing this can be no change of an entry.
                entries.push_back(entry("mine " + std::to_string(i)));
            } else if (at < entries.size()) {
                const Entry moved = entries[at];
                entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(at));
                const bool is_deleted = below(2) == 0 && !entries.empty();
                if (is_deleted) continue;
                const std::size_t to = below(entries.size() + 1);
                entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(to), moved);
            }
        }
        return entries;
    }

    // With runs at the front, in the queue that the user begins to edit.
    Entries with_runs(Entries entries) {
        const Entry whole = entry("run");
        const std::size_t count = job_count(whole);
        Entries runs;
        for (std::size_t n = below(count); n < count; n += job_count(runs.back()))
            runs.push_back(run_from(whole, n));
        entries.insert(entries.begin(), runs.begin(), runs.end());
        return entries;
    }

    // They are joined.
    static Entries tidied(Entries entries) {
        const auto is_run = [](const Entry& entry) {
            return entry.commands.front().text.starts_with("run");
        };
        const auto begin = std::ranges::find_if(entries, is_run);
        const auto end = std::find_if_not(begin, entries.end(), is_run);
        Entries result(entries.begin(), begin);
        for (Joined& one : joined(Entries(begin, end)))
            result.push_back(std::move(one.entry));
        result.insert(result.end(), end, entries.end());
        return result;
    }

    // Some jobs are taken, some entries are added at either end.
    Entries gone_on(Entries entries) {
        const std::size_t jobs = below(12);
        for (std::size_t i = 0; i < jobs && !entries.empty(); ++i) {
            Entries rest;
            const std::size_t count = job_count(entries.front());
            std::size_t taken = 1 + below(std::min<std::size_t>(count, 3));
            // In a burst as runs.
            for (std::size_t runs = below(2) * below(4); runs > 0 && taken < count; --runs) {
                rest.push_back(run_from(entries.front(), taken));
                taken += job_count(rest.back());
            }
            if (taken < count) {
                for (Entry& part : without_first_jobs(entries.front(), taken))
                    rest.push_back(std::move(part));
            }
            entries.erase(entries.begin());
            entries.insert(entries.begin(), rest.begin(), rest.end());
        }
        const std::size_t added = below(3);
        for (std::size_t i = 0; i < added; ++i) {
            const auto at = below(2) == 0 ? entries.begin() : entries.end();
            entries.insert(at, entry("theirs " + std::to_string(i)));
        }
        return entries;
    }

    std::string text(const Entries& entries) {
        std::string text = comment();
        for (const Entry& entry : entries) {
            text += below(2) == 0 ? entry_text(entry) : canonical_text(entry);
            text += comment();
        }
        return text;
    }

  private:
    std::string comment() {
        return below(4) == 0 ? "# comment " + std::to_string(below(100)) + "\n" : "";
    }

    std::mt19937 random_;
    bool has_same_;
};

Strings comments_in(const std::string& text) {
    Strings comments;
    for (std::size_t at = text.find("# comment"); at != std::string::npos;
         at = text.find("# comment", at + 1)) {
        comments.push_back(text.substr(at, text.find('\n', at) - at));
    }
    return comments;
}

std::map<std::string, int> counted(const Strings& jobs) {
    std::map<std::string, int> counts;
    for (const std::string& job : jobs)
        ++counts[job];
    return counts;
}

bool is_subsequence(const Strings& part, const Strings& whole) {
    auto at = whole.begin();
    for (const std::string& job : part) {
        at = std::find(at, whole.end(), job);
        if (at++ == whole.end()) return false;
    }
    return true;
}

Strings only(const Strings& jobs, std::string_view kind, bool is_of_it = true) {
    Strings found;
    std::ranges::copy_if(jobs, std::back_inserter(found),
                         [&](const std::string& job) { return job.starts_with(kind) == is_of_it; });
    return found;
}

}  // namespace

TEST_CASE("merging loses no job, doubles none, and keeps the order of both") {
    const auto first_seed = static_cast<unsigned>(remuda::test::seed());
    std::size_t merges = 0;
    for (unsigned seed = first_seed; seed != first_seed + 3000; ++seed) {
        CAPTURE(seed);
        Play play(seed, seed % 2 == 0);
        const Entries base_entries = seed % 4 < 2 ? play.base() : play.with_runs(play.base());
        const std::string base = play.text(base_entries);
        const std::string mine = play.text(play.edited(base_entries));
        const Entries now_entries = play.gone_on(base_entries);
        const std::string theirs =
            play.text(seed % 3 == 0 ? Play::tidied(now_entries) : now_entries);
        CAPTURE(base);
        CAPTURE(mine);
        CAPTURE(theirs);
        using remuda::yaml::Source;
        const auto result = merge(Source("b", base), Source("m", mine), Source("t", theirs));
        REQUIRE(result);
        // The only thing that looks like a change: entries missing at the end where new ones are.
        if (!result->conflicts.empty()) continue;
        ++merges;
        const std::string& text = result->change.text;
        CAPTURE(text);
        CHECK_FALSE(result->change.is_rewritten);
        CHECK(comments_in(text) == comments_in(mine));

        const Strings jobs = jobs_in(text);
        const Strings my_jobs = jobs_in(mine);
        const Strings their_jobs = jobs_in(theirs);
        CHECK(only(jobs, "theirs") == only(their_jobs, "theirs"));
        CHECK(only(jobs, "mine") == only(my_jobs, "mine"));
        CHECK(is_subsequence(only(jobs, "theirs", false), my_jobs));
        // Of each job: what the user wants of it less what was taken of it.
        const auto before = counted(jobs_in(base));
        auto now = counted(jobs);
        auto wanted = counted(my_jobs);
        auto left = counted(their_jobs);
        for (const auto& [job, count] : before) {
            CAPTURE(job);
            const int least = std::max(0, wanted[job] + left[job] - count);
            CHECK(now[job] >= least);
            CHECK(now[job] <= std::min(wanted[job], left[job]));
        }
    }
    CHECK(merges > 1000);
}
