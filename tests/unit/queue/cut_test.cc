// SPDX-License-Identifier: MIT
#include "queue/canonical.h"
#include "unit/queue/queues.h"

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::test::jobs_in;
using remuda::test::queue_text;
using Lines = std::vector<std::string>;

namespace {

// The file after its first job was taken.
std::string cut(const std::string& text) {
    const auto removal = queue_text(text).without_first_jobs(1);
    REQUIRE(removal);
    return removal->edit.text;
}

bool is_rewritten(const std::string& text) {
    const auto removal = queue_text(text).without_first_jobs(1);
    REQUIRE(removal);
    return removal->edit.is_rewritten;
}

std::string with_front(const std::string& text, const std::string& command) {
    remuda::model::Job job;
    job.command = command;
    const auto edit = queue_text(text).with_front({job});
    REQUIRE(edit);
    return edit->text;
}

}  // namespace

TEST_CASE("an entry of one job leaves with its lines; everything else stays byte for byte") {
    CHECK(cut("- a\n- b\n") == "- b\n");
    CHECK(cut("# top\n\n- a # note\n\n# on b\n-   'b'\n") == "# top\n\n\n# on b\n-   'b'\n");
    CHECK(cut("- command:\n    - a\n  x: 1\n# on b\n- b") == "# on b\n- b");
    CHECK(cut("- |\n  a\n\n  b\n\n# c\n- d\n") == "\n# c\n- d\n");
    CHECK(cut("- a\n  folded\n- \"b\n  c\"\n") == "- \"b\n  c\"\n");
    CHECK(cut("-\n  # inside\n  a\n- b\n") == "- b\n");
}

TEST_CASE("the last entry leaves an empty queue") {
    CHECK(cut("- a\n") == "");
    CHECK(cut("- a") == "");
    CHECK(cut("# kept\n- a\n# kept too\n") == "# kept\n# kept too\n");
    CHECK(cut("---\n- a\n") == "---\n");
}

TEST_CASE("byte order mark, CR LF, CR and indentation stay") {
    CHECK(cut("\xEF\xBB\xBF- a\r\n- b\r\n") == "\xEF\xBB\xBF- b\r\n");
    CHECK(cut("- a\r- b\r") == "- b\r");
    CHECK(cut("  - a\n  # c\n  - b\n") == "  # c\n  - b\n");
    CHECK(cut("%YAML 1.1\n--- # d\n- a\n- b\n...\n") == "%YAML 1.1\n--- # d\n- b\n...\n");
}

TEST_CASE("what remains of a product stands in its place in canonical form") {
    CHECK(cut("# sweep\n- command: [a, b]\n  x: [1, 2, 3]\n# next\n- c\n") ==
          "# sweep\n"
          "- command:\n    - a\n  x:\n    - '2'\n    - '3'\n"
          "- command:\n    - b\n  x:\n    - '1'\n    - '2'\n    - '3'\n"
          "# next\n- c\n");
    CHECK(cut("  - command: [a, b]\r\n") == "  - command:\r\n      - b\r\n");
    CHECK(cut("- command: [a, b]") == "- command:\n    - b\n");
}

TEST_CASE("taking again and again gives the product and ever smaller files") {
    const std::string text =
        "- command: ['a: 1', b]\n  x: [1, 2]\n  y: [p, q, '']\n- \"c\"\n# end\n";
    const Lines expected = jobs_in(text);
    REQUIRE(expected.size() == 13);
    QueueText queue = queue_text(text);
    for (const std::string& job : expected) {
        REQUIRE_FALSE(queue.is_empty());
        CHECK(remuda::test::take(queue) == Lines{job});
    }
    CHECK(queue.is_empty());
    CHECK(queue.text() == "# end\n");
}

TEST_CASE("a product of a million jobs stays small in the file") {
    std::string list = "[0";
    for (int i = 1; i < 100; ++i) {
        list.append(", ").append(std::to_string(i));
    }
    list += "]";
    QueueText queue =
        queue_text("- command: c\n  x: " + list + "\n  y: " + list + "\n  z: " + list + "\n");
    CHECK(queue.job_total() == 1'000'000);
    for (int i = 0; i < 5; ++i) {
        CHECK(remuda::test::take(queue).size() == 1);
        CHECK(queue.text().size() < 10'000);
    }
    CHECK(queue.job_total() == 999'995);
    CHECK(remuda::test::take(queue) == Lines{"c x=0 y=0 z=5"});
}

TEST_CASE("a job knows where its command stands, through every cut") {
    QueueText queue = queue_text("# c\n- a\n\n- command:\n    - b\n  x: [1, 2]\n- d\n");
    std::vector<std::string> places;
    while (!queue.is_empty()) {
        auto removal = queue.without_first_jobs(1);
        REQUIRE(removal);
        const auto place = removal->jobs.front().place;
        places.push_back(std::to_string(place.line) + ":" + std::to_string(place.column));
        queue.apply(std::move(removal->edit));
    }
    CHECK(places == Lines{"2:3", "4:7", "4:7", "3:3"});
}

TEST_CASE("a file whose entries cannot be cut out is written anew in canonical form") {
    for (const char* text : {"[a, b]\n", "- &x a\n- *x\n", "- a\n- &x b\n", "!!seq\n- a\n- b\n",
                             "- a # c\xC2\x85- b\n", "[a,\n b]"}) {
        CAPTURE(text);
        CHECK(is_rewritten(text));
        Lines expected = jobs_in(text);
        expected.erase(expected.begin());
        CHECK(jobs_in(cut(text)) == expected);
    }
    CHECK(cut("# top\n[a, 'b: c']\n") == "# top\n- command:\n    - 'b: c'\n");
    CHECK(cut("[a]\n") == "");
}

TEST_CASE("a job that is put back stands first, below the comments") {
    CHECK(with_front("- b\n", "a") == "- command:\n    - a\n- b\n");
    CHECK(with_front("\xEF\xBB\xBF# top\n\n- b\r\n", "a") ==
          "\xEF\xBB\xBF# top\n\n- command:\r\n    - a\r\n- b\r\n");
    CHECK(with_front("", "a") == "- command:\n    - a\n");
    CHECK(with_front("# top", "a") == "# top\n- command:\n    - a\n");
    CHECK(with_front("[]\n", "a") == "- command:\n    - a\n");
    CHECK(with_front("# c\n[b]\n", "a") == "# c\n- command:\n    - a\n- command:\n    - b\n");
    CHECK(with_front("  - b\n", "a") == "  - command:\n      - a\n  - b\n");
}

TEST_CASE("the canonical form is a mapping on two lines, then the other keys") {
    remuda::model::Job job;
    job.command = "echo a: b\nc";
    CHECK(canonical_entry(job) == "- command:\n    - \"echo a: b\\nc\"\n");
    job.command = "python train.py --bs {{ bs }}";
    job.parameters = {{"bs", "8"}, {"job", "x"}};
    job.needs = {2, remuda::model::AllocationPolicy::buddy};
    job.options.name = "train: 1";
    const std::string text = canonical_entry(job);
    CHECK(text ==
          "- command:\n    - 'python train.py --bs {{ bs }}'\n  bs:\n    - '8'\n  job:\n    - x\n"
          "  slots: 2\n  allocation_policy: buddy\n  job:\n    name: 'train: 1'\n");
}

TEST_CASE("large files are cut as well as small ones") {
    std::string text = "# top\n";
    for (int i = 0; i < 5000; ++i) {
        text += "- echo " + std::to_string(i) + " # note\n\n# comment " + std::to_string(i) + "\n";
    }
    QueueText queue = queue_text(text);
    std::string kept = "# top\n";
    for (int i = 0; i < 40; ++i) {
        auto removal = queue.without_first_jobs(1);
        REQUIRE(removal);
        CHECK(removal->jobs.front().command == "echo " + std::to_string(i));
        CHECK_FALSE(removal->edit.is_rewritten);
        queue.apply(std::move(removal->edit));
        kept += "\n# comment " + std::to_string(i) + "\n";
        REQUIRE(queue.text() ==
                kept + text.substr(text.find("- echo " + std::to_string(i + 1) + " ")));
    }
}

TEST_CASE("jobs taken together leave the comments between their entries") {
    QueueText queue = queue_text("# top\n- a\n# of b\n- b\n\n- command: [c, d, e]\n# end\n- f\n");
    CHECK(remuda::test::take(queue, 3) == Lines{"a", "b", "c"});
    CHECK(queue.text() == "# top\n# of b\n\n- command:\n    - d\n    - e\n# end\n- f\n");
    CHECK(remuda::test::take(queue, 100) == Lines{"d", "e", "f"});
    CHECK(queue.text() == "# top\n# of b\n\n# end\n");
}

TEST_CASE("jobs are taken together only while they need the same") {
    QueueText queue = queue_text("- a\n- command: b\n  slots: 2\n- c\n");
    CHECK(remuda::test::take(queue, 3) == Lines{"a"});
    CHECK(remuda::test::take(queue, 3) == Lines{"b slots=2"});
    CHECK(remuda::test::take(queue, 3) == Lines{"c"});
}

TEST_CASE("so are the jobs of a list of slots") {
    QueueText list = queue_text(
        "# top\n- command: b\n  slots: [1, 2, 2, 4] # all\n- command: c\n  "
        "slots: 4\n");
    CHECK(list.head_needs().slots == 1);
    CHECK(remuda::test::take(list, 9) == Lines{"b"});
    CHECK(list.text() ==
          "# top\n- command:\n    - b\n  slots:\n    - 2\n    - 2\n    - 4\n- command: c\n  "
          "slots: 4\n");
    CHECK(list.head_needs().slots == 2);
    CHECK(remuda::test::take(list, 9) == Lines{"b slots=2", "b slots=2"});
    CHECK(list.text() == "# top\n- command:\n    - b\n  slots: 4\n- command: c\n  slots: 4\n");
    CHECK(remuda::test::take(list, 9) == Lines{"b slots=4", "c slots=4"});
}
