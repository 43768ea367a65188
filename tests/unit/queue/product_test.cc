// SPDX-License-Identifier: MIT
#include "queue/canonical.h"
#include "remuda/queue/new_entry.h"
#include "unit/queue/queues.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::test::in_one_line;
using Lines = std::vector<std::string>;

namespace {

Entry entry_from(const std::string& text) {
    const remuda::yaml::Source source("queue.yaml", text);
    remuda::yaml::Diagnostics diagnostics;
    return parse_queue(source, diagnostics).at(0);
}

Lines all_jobs(const std::vector<Entry>& entries) {
    Lines lines;
    for (const Entry& entry : entries) {
        for (std::size_t i = 0; i < job_count(entry); ++i) {
            lines.push_back(in_one_line(nth_job(entry, i)));
        }
    }
    return lines;
}

Entry wide_entry(std::size_t lists, std::size_t values) {
    Entry entry;
    entry.commands.push_back({"c", {}, std::nullopt});
    for (std::size_t i = 0; i < lists; ++i) {
        Entry::Parameter parameter{"p" + std::to_string(i), {}, {}};
        for (std::size_t j = 0; j < values; ++j) {
            parameter.values.push_back({std::to_string(j), {}, std::nullopt});
        }
        entry.parameters.push_back(std::move(parameter));
    }
    return entry;
}

}  // namespace

TEST_CASE("commands are the outermost loop and the last parameter varies fastest") {
    CHECK(all_jobs({entry_from("- command: [a, b]\n  x: [1, 2]\n  y: [p, q]\n")}) ==
          Lines{"a x=1 y=p", "a x=1 y=q", "a x=2 y=p", "a x=2 y=q", "b x=1 y=p", "b x=1 y=q",
                "b x=2 y=p", "b x=2 y=q"});
}

TEST_CASE("the number of jobs is the product and stops at the largest number") {
    CHECK(job_count(entry_from("- command: [a, b]\n  x: [1, 2, 3]\n")) == 6);
    CHECK(job_count(wide_entry(200, 10)) == std::numeric_limits<std::size_t>::max());
}

TEST_CASE("a run is what differs in the innermost list with several values only") {
    const Entry entry =
        entry_from("- command: c\n  x: [1, 2]\n  y: [p, q, r]\n  z: [0]\n  slots: 2\n");
    CHECK(all_jobs({run_from(entry, 1)}) ==
          Lines{"c x=1 y=q z=0 slots=2", "c x=1 y=r z=0 slots=2"});
    CHECK(all_jobs({run_from(entry, 5)}) == Lines{"c x=2 y=r z=0 slots=2"});
}

TEST_CASE("a list of slots multiplies at its place, and no job has it as a parameter") {
    const Entry entry = entry_from("- command: c\n  x: [p, q]\n  slots: [2, 4]\n  y: [r, s]\n");
    const Lines all = {"c x=p y=r slots=2", "c x=p y=s slots=2", "c x=p y=r slots=4",
                       "c x=p y=s slots=4", "c x=q y=r slots=2", "c x=q y=s slots=2",
                       "c x=q y=r slots=4", "c x=q y=s slots=4"};
    CHECK(all_jobs({entry}) == all);
    CHECK(slots_of(entry) == std::vector{2, 4});
    CHECK(slots_of(entry_from("- c\n")) == std::vector{1});
    for (std::size_t n = 0; n < all.size(); ++n) {
        CAPTURE(n);
        CHECK(needs_of_job(entry, n).slots == (n % 4 < 2 ? 2 : 4));
        if (n > 0)
            CHECK(all_jobs(without_first_jobs(entry, n)) == Lines(&all[n], &all[0] + all.size()));
    }
    CHECK(all_jobs({run_from(entry, 3)}) == Lines{"c x=p y=s slots=4"});
    CHECK(all_jobs({run_from(entry_from("- command: c\n  slots: [1, 2, 4]\n"), 1)}) ==
          Lines{"c slots=2", "c slots=4"});
    // The form in which it is written reads as the same.
    for (const Entry& rest : without_first_jobs(entry, 3)) {
        CHECK(is_same_content(entry_from(canonical_text(rest)), rest));
    }
}

TEST_CASE("any job of a huge product is found without making the product") {
    const Entry entry = wide_entry(12, 10);
    REQUIRE(job_count(entry) == 1'000'000'000'000);
    const auto job = nth_job(entry, 123'456'789'012);
    std::string digits;
    for (const auto& [name, value] : job.parameters) {
        digits += value;
    }
    CHECK(digits == "123456789012");
}

TEST_CASE("what remains of a product is at most one entry for each of its lists") {
    const Entry entry = entry_from("- command: [a, b]\n  x: [1, 2, 3]\n  y: [p, q]\n  z: [k]\n");
    const Lines all = all_jobs({entry});
    for (std::size_t taken = 1; taken < all.size(); ++taken) {
        const auto rest = without_first_jobs(entry, taken);
        CHECK(rest.size() <= 3);
        CHECK(all_jobs(rest) == Lines(all.begin() + static_cast<std::ptrdiff_t>(taken), all.end()));
    }
    // Where whole runs are gone, nothing is split.
    CHECK(without_first_jobs(entry, 6).size() == 1);
    CHECK(without_first_jobs(entry, 2).size() == 2);
}

TEST_CASE("runs are slices of their entry, and joined they are what remains of it") {
    for (const char* text : {
             "- command: [a, b]\n  x: [1, 2, 3]\n  y: [p, q]\n  z: [k]\n",
             "- command: c\n  x: [1, 1, 2]\n  y: [p, p]\n  job: {name: n}\n",
             "- command: [a, a]\n  slots: 2\n  allocation_policy: buddy\n  x: [1, 2]\n",
             "- command: c\n  x: [1, 2, 3]\n  slots: [1, 2, 4]\n",
             "- command: c\n  slots: [1, 2, 4, 4]\n  x: [1, 2]\n  y: [p, q]\n",
         }) {
        CAPTURE(text);
        const Entry entry = entry_from(text);
        const Lines all = all_jobs({entry});
        for (std::size_t taken = 1; taken < all.size(); ++taken) {
            const auto few = without_first_jobs(entry, taken);
            for (std::size_t unrolled = taken; unrolled < all.size();) {
                CAPTURE(taken);
                CAPTURE(unrolled);
                std::vector<Entry> parts;
                std::size_t n = taken;
                while (n <= unrolled) {
                    parts.push_back(run_from(entry, n));
                    n += job_count(parts.back());
                }
                unrolled = n;
                std::ranges::move(without_first_jobs(entry, n), std::back_inserter(parts));
                for (std::size_t at = taken; const Entry& part : parts) {
                    CHECK(is_slice(entry, at, part));
                    // Elsewhere only if the same jobs stand there.
                    for (std::size_t other = 0; other + job_count(part) <= all.size(); ++other) {
                        if (!is_slice(entry, other, part)) continue;
                        const auto first = all.begin() + static_cast<std::ptrdiff_t>(other);
                        const auto count = static_cast<std::ptrdiff_t>(job_count(part));
                        CHECK(all_jobs({part}) == Lines(first, first + count));
                    }
                    at += job_count(part);
                }
                std::vector<Entry> together;
                std::size_t count = 0;
                for (Joined& one : joined(parts)) {
                    together.push_back(std::move(one.entry));
                    count += one.parts;
                    CHECK(is_same_content(entry_from(canonical_text(together.back())),
                                          together.back()));
                }
                CHECK(count == parts.size());
                CHECK(all_jobs(together) == all_jobs(few));
                const bool has_outer_slots =
                    std::string(text).find("slots: [1, 2, 4, 4]") != std::string::npos;
                CHECK(together.size() <= few.size() + (has_outer_slots ? 2 : 0));
            }
        }
    }
}

TEST_CASE("entries that do not stand for one product in a row are not joined") {
    const auto count_of = [](const std::string& text) {
        const remuda::yaml::Source source("queue.yaml", text);
        remuda::yaml::Diagnostics diagnostics;
        return joined(parse_queue(source, diagnostics)).size();
    };
    CHECK(count_of("- a\n- b\n") == 1);
    CHECK(count_of("- command: c\n  x: 1\n- command: c\n  y: 1\n") == 2);
    CHECK(count_of("- command: c\n  x: 1\n- command: c\n  x: 1\n  y: 1\n") == 2);
    CHECK(count_of("- command: [c, d]\n  slots: 2\n- command: [c, d]\n") == 2);
    CHECK(count_of("- command: c\n  job: {name: n}\n- command: c\n") == 2);
    CHECK(count_of("- command: c\n  allocation_policy: buddy\n- command: c\n") == 2);
    // The order of the jobs would be another one.
    CHECK(count_of("- command: c\n  x: [1, 2]\n  y: 1\n- command: c\n  x: [1, 2]\n  y: 2\n") == 2);
    CHECK(count_of("- command: a\n  x: 1\n- command: b\n  x: 2\n") == 2);
    CHECK(joined({}).empty());
}

TEST_CASE("what is not joined stays as it is") {
    // One list fewer, which is not the one of slots.
    const std::string first = "- command: a\n  x: [1]\n  y: [1]\n  slots: [1, 2]\n";
    const std::string second = "- command: b\n  y: [1, 2]\n  slots: [1, 2]\n";
    const auto result = joined({entry_from(first), entry_from(second)});
    REQUIRE(result.size() == 2);
    CHECK(is_same_content(result[0].entry, entry_from(first)));
    CHECK(is_same_content(result[1].entry, entry_from(second)));
}

TEST_CASE("nothing remains of one job") {
    CHECK(without_first_jobs(entry_from("- command: a\n  x: 1\n"), 1).empty());
}

TEST_CASE("what remains keeps what a job needs") {
    const auto rest = without_first_jobs(
        entry_from("- command: a\n  x: [1, 2]\n  slots: 3\n  allocation_policy: buddy\n  job: "
                   "{name: n}\n"),
        1);
    CHECK(all_jobs(rest) == Lines{"a x=2 slots=3 buddy name=n"});
}
