// SPDX-License-Identifier: MIT
//
// Merging while one entry stands as many in the file, as it does in a burst (docs/queue-file.md).
#include "queue/canonical.h"
#include "queue/product.h"
#include "remuda/queue/merge.h"
#include "unit/queue/queues.h"

#include <algorithm>
#include <iterator>

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::test::jobs_in;

namespace {

const std::string kWhole = "- command: e {{ x }} {{ z }}  # mine\n  x: [1, 2, 3, 4]\n  z: [a, b]\n";

std::vector<Entry> entries_in(const std::string& text) {
    const remuda::yaml::Source source("queue.yaml", text);
    remuda::yaml::Diagnostics diagnostics;
    return parse_queue(source, diagnostics);
}

std::string text_of(const std::vector<Entry>& entries) {
    std::string text;
    for (const Entry& entry : entries)
        text += canonical_text(entry);
    return text;
}

// kWhole without its first jobs, as taking by `runs` runs writes it.
std::string unrolled(std::size_t taken, std::size_t runs) {
    const Entry whole = entries_in(kWhole).at(0);
    std::vector<Entry> entries;
    for (; runs > 0 && taken < job_count(whole); --runs) {
        entries.push_back(run_from(whole, taken));
        taken += job_count(entries.back());
    }
    std::ranges::move(without_first_jobs(whole, taken), std::back_inserter(entries));
    return text_of(entries);
}

std::string rest(std::size_t taken) {
    return text_of(without_first_jobs(entries_in(kWhole).at(0), taken));
}

Merged merged(const std::string& base, const std::string& mine, const std::string& theirs) {
    using remuda::yaml::Source;
    auto result = merge(Source("base", base), Source("mine", mine), Source("theirs", theirs));
    REQUIRE(result);
    return std::move(*result);
}

std::string merged_text(const std::string& base, const std::string& mine,
                        const std::string& theirs) {
    const Merged result = merged(base, mine, theirs);
    CHECK(result.conflicts.empty());
    CHECK_FALSE(result.change.is_rewritten);
    CHECK(result.added == 0);
    return result.change.text;
}

}  // namespace

TEST_CASE("an entry that stands as runs meanwhile is the one that the user has") {
    const std::string base = kWhole + "- b\n";
    for (std::size_t runs = 1; runs < 5; ++runs) {
        CAPTURE(runs);
        const std::string theirs = unrolled(1, runs) + "- b\n";
        // Moved.
        CHECK(merged_text(base, "- b\n# m\n" + kWhole + "- c\n", theirs) ==
              "- b\n# m\n" + rest(1) + "- c\n");
        // Deleted: none of the runs comes back.
        CHECK(merged_text(base, "- b\n", theirs) == "- b\n");
        CHECK(merged_text(base, "", theirs).empty());
        // Changed.
        const Merged result =
            merged(base, "- command: e {{ x }} {{ z }}!\n  x: [1]\n  z: [a]\n- b\n", theirs);
        REQUIRE(result.conflicts.size() == 1);
        CHECK(result.conflicts[0].jobs == 8);
        CHECK(result.conflicts[0].jobs_taken == 1);
    }
}

TEST_CASE("what others put before, among and behind runs stays there") {
    const std::string base = kWhole + "- b\n";
    const std::string runs = unrolled(1, 2);
    const Merged result = merged(base, base + "- mine\n", "- f1\n- f2\n" + runs + "- b\n- back\n");
    CHECK(result.added == 3);
    CHECK(result.change.text == "- f1\n- f2\n" + rest(1) + "- b\n- mine\n- back\n");
    // Among them: no job is lost, and none comes twice.
    const std::size_t at = runs.find("- command", 1);
    auto jobs = jobs_in(
        merged(base, base, runs.substr(0, at) + "- new\n" + runs.substr(at) + "- b\n").change.text);
    auto wanted = jobs_in(runs + "- b\n- new\n");
    std::ranges::sort(jobs);
    std::ranges::sort(wanted);
    CHECK(jobs == wanted);
}

TEST_CASE("runs that the user has before them may be joined meanwhile, or be other runs") {
    const std::string runs = unrolled(1, 2);
    const std::string base = runs + "- b\n";
    for (const std::string& theirs : {rest(1), unrolled(1, 1), unrolled(1, 3)}) {
        CAPTURE(theirs);
        CHECK(merged_text(base, "# m\n" + base + "- c\n", theirs + "- b\n") ==
              "# m\n" + base + "- c\n");
        CHECK(merged_text(base, "- b\n", theirs + "- b\n") == "- b\n");
    }
    for (const std::string& theirs : {rest(4), unrolled(4, 1), unrolled(4, 2)}) {
        CAPTURE(theirs);
        CHECK(jobs_in(merged_text(base, base + "- c\n", theirs + "- b\n")) ==
              jobs_in(rest(4) + "- b\n- c\n"));
        CHECK(merged_text(base, "- b\n", theirs + "- b\n") == "- b\n");
    }
    // One run deleted: its jobs stay away, the others stay.
    const auto entries = entries_in(runs);
    const std::string without_second =
        text_of({entries[0]}) + text_of({entries.begin() + 2, entries.end()});
    CHECK(merged_text(base, without_second, rest(1) + "- b\n") == without_second);
    CHECK(jobs_in(merged_text(base, without_second, rest(4) + "- b\n")) == jobs_in(rest(4)));
    // One changed that was not touched.
    std::string changed = base;
    changed.replace(changed.rfind("e {{ x }}"), 9, "E {{ x }}");
    CHECK(merged_text(base, changed, rest(1) + "- b\n") == changed);
    CHECK(jobs_in(merged_text(base, changed, rest(4) + "- b\n")).front() ==
          "E {{ x }} {{ z }} x=3 z=a");
}

TEST_CASE("all taken but what somebody has put back") {
    const std::string base = kWhole + "- b\n";
    CHECK(merged_text(base, "- b\n" + kWhole, text_of({run_from(entries_in(kWhole)[0], 6)})) ==
          text_of({run_from(entries_in(kWhole)[0], 6)}));
    // One that was put back stands before the runs.
    const std::string back =
        "- command:\n    - e {{ x }} {{ z }}\n  x:\n    - '1'\n  z:\n    - a\n";
    CHECK(merged_text(base, "- b\n" + kWhole, back + unrolled(1, 2) + "- b\n") == "- b\n" + kWhole);
}

TEST_CASE("runs in a file of another style: CR LF, a byte order mark, indentation, anchors") {
    const std::string base =
        "\xEF\xBB\xBF- command: e\r\n  x: [1, 2, 3]\r\n  slots: [1, 2]\r\n- b\r\n";
    const std::string theirs =
        "\xEF\xBB\xBF- command: [e]\r\n  x: [1]\r\n  slots: 2\r\n# c\r\n- command: [e]\r\n  x: "
        "[2]\r\n"
        "  slots: [1, 2]\r\n- command: [e]\r\n  x: [3]\r\n  slots: [1, 2]\r\n- b\r\n";
    const std::string wanted =
        "- command:\r\n    - e\r\n  x:\r\n    - '1'\r\n  slots: 2\r\n"
        "- command:\r\n    - e\r\n  x:\r\n    - '2'\r\n    - '3'\r\n"
        "  slots:\r\n    - 1\r\n    - 2\r\n";
    CHECK(merged_text(base, base + "- c\r\n", theirs) ==
          "\xEF\xBB\xBF" + wanted + "- b\r\n- c\r\n");
    CHECK(merged_text(base, "- b\n", theirs) == "- b\n");
    // A file that is not cut apart.
    const std::string anchored = "- command: &e e {{ z }}\n  x: [1, 2, 3]\n  z: [a, b]\n- *e\n";
    const Merged result = merged(anchored, anchored + "- c\n",
                                 "- {command: &e 'e {{ z }}', x: 2, z: [a, b]}\n"
                                 "- {command: *e, x: 3, z: [a, b]}\n- *e\n");
    CHECK(jobs_in(result.change.text) ==
          jobs_in("- command: e {{ z }}\n  x: [2, 3]\n  z: [a, b]\n- e {{ z }}\n- c\n"));
    CHECK(result.conflicts.empty());
}
