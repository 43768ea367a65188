// SPDX-License-Identifier: MIT
//
// What others have put before the entries of a file that we know is read alone. It must mean what
// it means in the file.
#include "support/seed.h"
#include "unit/queue/queues.h"

#include <random>

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::test::in_one_line;
using remuda::test::jobs_in;
using remuda::test::queue_text;
using Lines = std::vector<std::string>;

namespace {

// Each begins a line; not all of them end one.
const Lines kPieces = {
    "",
    "\n",
    "\r\n",
    "\t\n",
    "   \n",
    "# c\n",
    "# c\r\n",
    "# c",
    "#",
    "\xEF\xBB\xBF",
    "\xEF\xBB\xBF# c\n",
    "---\n",
    "--- # c\n",
    "---\r\n",
    "---",
    "--- |\n",
    "---\n...\n",
    "...\n",
    "... # c\n",
    "%YAML 1.2\n---\n",
    "%TAG ! !x\n---\n",
    "- a\n",
    "- a\r\n",
    "- a\r",
    "- a",
    "- a # n\n",
    "- a\n  b\n",
    "- a\n\n  b\n\n",
    "- a\xC2\x85",
    "- a\xE2\x80\xA8",
    "  - a\n",
    " - a\n",
    "-\n",
    "- \n",
    "-\n  a\n",
    "-\n# c\n  a\n",
    "- - a\n",
    "- |\n  a\n",
    "- |+\n  a\n\n",
    "- |-\n  a\n   \n",
    "- |2\n   a\n",
    "- |1\n - a\n",
    "- >\n  a\n\n  b\n",
    "- \"a\n  b\"\n",
    "- \"a\n",
    "- 'a\n  b'\n",
    "- 'a",
    "- &x a\n",
    "- *x\n",
    "- !!str a\n",
    "- !x a\n",
    "- [a]\n",
    "- [a,\n",
    "[a]\n",
    "[]\n",
    "{}\n",
    "null\n",
    "a\n",
    "a: b\n",
    "? a\n",
    ": a\n",
    "- ? a\n",
    "- command: a\n",
    "- command:\n",
    "- command:\n  - a\n",
    "- command:\n    - a\n  x:\n",
    "- command: a\n  x:\n  - 1\n  - 2\n",
    "- command: a\n  x: [1, 2]\n  slots: [1, 2]\n",
    "- command: a\n  slots:\n  - 1\n#  - 2\n",
    "- {command: a}\n",
    "- {command: a,\n",
    "- command: |\n    a\n  x: 1\n",
    "- command: a\n  x: |\n",
    "- command: a\n  x: \"1\n",
};

void follow(const std::string& known, std::size_t tail_at, const std::string& front) {
    const std::string text = front + known.substr(tail_at);
    auto queue = queue_text(known);
    auto edit = queue.changed_in_front(text, nullptr);
    if (!edit) return;
    CAPTURE(known);
    CAPTURE(text);
    queue.apply(std::move(*edit));
    REQUIRE(queue.text() == text);
    Lines jobs;
    for (std::size_t n = 0; const auto job = queue.job_at(n); ++n)
        jobs.push_back(in_one_line(*job));
    REQUIRE(jobs == jobs_in(text));
    REQUIRE(queue.job_total() == jobs.size());
    // Taken from, it is what it must be.
    if (jobs.empty()) return;
    const auto removal = queue.without_first_jobs(1, true);
    REQUIRE(removal);
    std::string rest = text;
    if (removal->edit.is_in_place) {
        rest.replace(removal->edit.at, removal->edit.patch.size(), removal->edit.patch);
    } else {
        rest = removal->edit.text;
    }
    jobs.erase(jobs.begin());
    REQUIRE(jobs_in(rest) == jobs);
}

}  // namespace

TEST_CASE("what is put before known entries is followed only where it means the same alone") {
    const Lines known = {
        "- one\n- command: two\n  x: [1, 2]\n# c\n- three\n",
        "---\n- one\r\n# c\r\n- command:\r\n    - two\r\n  x:\r\n    - 1\r\n    - 2\r\n- three",
        "\xEF\xBB\xBF# top\n  - one\n  # c\n  - command: two\n    slots: [1, 2]\n  - three\n",
    };
    // All take a quarter of a minute; the seed says which are tried.
    constexpr unsigned part = 16;
    const auto seed = static_cast<unsigned>(remuda::test::seed());
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::size_t tails = 0;
    for (const std::string& text : known) {
        for (const std::size_t tail_at :
             {text.find("- one"), text.find("- command"), text.find("- three")}) {
            // With its indentation.
            const std::size_t begin = text.find_last_of('\n', tail_at);
            const std::size_t at = begin == std::string::npos ? 0 : begin + 1;
            ++tails;
            for (const std::string& first : kPieces) {
                for (const std::string& second : kPieces) {
                    if (random() % part == 0) follow(text, at, first + second);
                }
            }
        }
    }
    CHECK(tails == 9);
}
