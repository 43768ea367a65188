// SPDX-License-Identifier: MIT
#include "remuda/queue/merge.h"

#include "unit/queue/queues.h"

#include <doctest/doctest.h>

using namespace remuda::queue;

namespace {

Merged merged(const std::string& base, const std::string& mine, const std::string& theirs) {
    using remuda::yaml::Source;
    auto result = merge(Source("base", base), Source("mine", mine), Source("theirs", theirs));
    REQUIRE(result);
    return std::move(*result);
}

std::string text_of(const std::string& base, const std::string& mine, const std::string& theirs) {
    const Merged result = merged(base, mine, theirs);
    CHECK(result.conflicts.empty());
    CHECK_FALSE(result.change.is_rewritten);
    return result.change.text;
}

}  // namespace

TEST_CASE("where the queue stood still the user's text is the result") {
    CHECK(text_of("- a\n- b\n", "# x\n- b\n\n- c # y\n- a", "- a\n- b\n") ==
          "# x\n- b\n\n- c # y\n- a");
    CHECK(text_of("", "- a\n", "") == "- a\n");
    CHECK(text_of("- a\n", "", "- a\n").empty());
    CHECK(text_of("- a\n", "[a, b]\n", "- a\n") == "[a, b]\n");
}

TEST_CASE("entries that were taken meanwhile disappear from the user's text") {
    const std::string base = "# top\n- a\n- b\n- c\n";
    const std::string mine = "# mine\n- a  # x\n\n# of b\n- b\n- c\n- d\n";
    const Merged result = merged(base, mine, "# top\n- c\n");
    CHECK(result.change.text == "# mine\n\n# of b\n- c\n- d\n");
    CHECK(result.taken == 2);
    CHECK(result.added == 0);
}

TEST_CASE("entries that the user moved and that were taken disappear there") {
    CHECK(text_of("- a\n- b\n- c\n", "- c\n- b\n- a\n", "- b\n- c\n") == "- c\n- b\n");
}

TEST_CASE("entries that the user deleted and that were taken stay away") {
    CHECK(text_of("- a\n- b\n- c\n", "- b\n- c\n", "- b\n- c\n") == "- b\n- c\n");
    CHECK(text_of("- a\n- b\n- c\n", "- c\n", "- b\n- c\n") == "- c\n");
}

TEST_CASE("of an entry that was taken in part the rest stands where the user has it") {
    const std::string base = "- command: e {{ x }}\n  x: [1, 2, 3]\n- b\n";
    const std::string rest = "- command:\n    - e {{ x }}\n  x:\n    - '2'\n    - '3'\n";
    CHECK(text_of(base, "# m\n- b\n- command: e {{ x }}\n  x: [1, 2, 3]\n- c\n", rest + "- b\n") ==
          "# m\n- b\n" + rest + "- c\n");
    // Deleted by the user: what remained goes as well.
    CHECK(text_of(base, "- b\n", rest + "- b\n") == "- b\n");
}

TEST_CASE("the rest may be several entries, written in the style of the user's text") {
    const std::string base = "- command: e\n  x: [1, 2]\n  z: [1, 2]\n";
    const std::string theirs =
        "- command: e\n  x: [1]\n  z: [2]\n- command: e\n  x: [2]\n  z: [1, 2]\n";
    CHECK(text_of(base, "  - command: e\n    x: [1, 2]\n    z: [1, 2]\n  - b\n", theirs) ==
          "  - command:\n"
          "      - e\n"
          "    x:\n"
          "      - '1'\n"
          "    z:\n"
          "      - '2'\n"
          "  - command:\n"
          "      - e\n"
          "    x:\n"
          "      - '2'\n"
          "    z:\n"
          "      - '1'\n"
          "      - '2'\n"
          "  - b\n");
}

TEST_CASE("entries that others added stay where they were put") {
    const std::string base = "- a\n- b\n- c\n";
    CHECK(text_of(base, "- a\n- b\n- c\n- mine\n", "- front\n- a\n- b\n- c\n- 'back'  # x\n") ==
          "- front\n- a\n- b\n- c\n- mine\n- 'back'  # x\n");
    CHECK(text_of(base, "- c\n- b\n- a\n", "- a\n- b\n- new\n- c\n") == "- c\n- b\n- new\n- a\n");
    CHECK(text_of(base, "- b\n- c\n", "- a\n- new\n- b\n- c\n") == "- new\n- b\n- c\n");
    CHECK(text_of(base, "# none", "- front\n- a\n- b\n- c\n- back\n") ==
          "# none\n- front\n- back\n");
    CHECK(text_of("", "- mine", "- theirs") == "- mine\n- theirs\n");
    const Merged result = merged(base, "- a\n", "- b\n- c\n- d\n- e\n");
    CHECK(result.change.text == "- d\n- e\n");
    CHECK(result.added == 2);
}

TEST_CASE("a job that was put back comes to the front") {
    const std::string base = "- command: e {{ x }}\n  x: [1, 2, 3]\n";
    const std::string rest = "- command:\n    - e {{ x }}\n  x:\n    - '2'\n    - '3'\n";
    const std::string back = "- command: e {{ x }}\n  x: ['1']\n";
    CHECK(text_of(base, base + "- b\n", "- c\n" + rest) == "- c\n" + rest + "- b\n");
    // All jobs of the entry are there again.
    CHECK(text_of(base, base + "- b\n", back + rest) == base + "- b\n");
    CHECK(text_of(base, "- b\n", back + rest) == "- b\n");
}

TEST_CASE("changing an entry that was taken meanwhile is a conflict") {
    const Merged result = merged("- make a\n- make b\n", "- make a -j\n- make b\n", "- make b\n");
    REQUIRE(result.conflicts.size() == 1);
    CHECK(result.conflicts[0].was == "make a");
    CHECK(result.conflicts[0].is == "make a -j");
    CHECK(result.conflicts[0].jobs == 1);
    CHECK(result.conflicts[0].jobs_taken == 1);
    // What it would be if the user wants it so.
    CHECK(result.change.text == "- make a -j\n- make b\n");
}

TEST_CASE("so is changing an entry that was taken in part") {
    const std::string base = "- command: e {{ x }}\n  x: [1, 2, 3]\n";
    const Merged result = merged(base, "- command: e {{ x }}\n  x: [1, 2, 3, 4]\n",
                                 "- command: e {{ x }}\n  x: [2, 3]\n");
    REQUIRE(result.conflicts.size() == 1);
    CHECK(result.conflicts[0].jobs == 3);
    CHECK(result.conflicts[0].jobs_taken == 1);
    CHECK(result.change.text == "- command: e {{ x }}\n  x: [1, 2, 3, 4]\n");
}

TEST_CASE("a new entry where another one was deleted is no change of that one") {
    CHECK(text_of("- make a\n- make b\n", "- unrelated new urgent job\n- make b\n", "- make b\n") ==
          "- unrelated new urgent job\n- make b\n");
    // Nor if several were deleted, one of which is alike.
    const Merged result =
        merged("- alpha one\n- beta two\n- c\n", "- urgent\n- beta two!\n- c\n", "- c\n");
    REQUIRE(result.conflicts.size() == 1);
    CHECK(result.conflicts[0].was == "beta two");
}

TEST_CASE("of several entries changed side by side the taken one is found by its likeness") {
    const Merged result =
        merged("- alpha one\n- beta two\n- c\n", "- beta two!\n- c\n", "- beta two\n- c\n");
    CHECK(result.conflicts.empty());
    CHECK(result.change.text == "- beta two!\n- c\n");
}

TEST_CASE("entries that are the same are told apart by their order") {
    // One of two was taken.
    CHECK(text_of("- a\n- a\n- b\n", "- a\n- a\n- b\n- c\n", "- a\n- b\n") == "- a\n- b\n- c\n");
    // The user wanted one less, and one was taken: none is left.
    CHECK(text_of("- a\n- a\n- b\n", "- a\n- b\n- c\n", "- a\n- b\n") == "- b\n- c\n");
    // The user wanted one more.
    CHECK(text_of("- a\n- b\n", "- a\n- b\n- a\n", "- b\n") == "- b\n- a\n");
    CHECK(text_of("- a\n- x\n- a\n", "- x\n- a\n- y\n", "- x\n- a\n") == "- x\n- a\n- y\n");
}

TEST_CASE("what others added is not lost when it is the same as what was taken") {
    CHECK(text_of("- a\n- b\n", "- a\n- b\n- c\n", "- b\n- a\n") == "- b\n- c\n- a\n");
}

TEST_CASE("a text that cannot be cut is written anew") {
    const Merged result = merged("- a\n- b\n", "# m\n[a, b, c]\n", "- b\n");
    CHECK(result.change.is_rewritten);
    CHECK(result.change.text == "# m\n- command:\n    - b\n- command:\n    - c\n");
}

TEST_CASE("line breaks and the byte order mark of the user's text stay") {
    CHECK(text_of("- a\n- b\n", "\xEF\xBB\xBF- a\r\n- b\r\n- c", "- b\n- d\n") ==
          "\xEF\xBB\xBF- b\r\n- c\r\n- d\r\n");
}
