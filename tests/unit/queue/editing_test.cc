// SPDX-License-Identifier: MIT
#include "remuda/queue/editing.h"

#include "remuda/queue/new_entry.h"
#include "unit/queue/queues.h"

#include <doctest/doctest.h>

using namespace remuda::queue;
using remuda::test::jobs_in;

using Strings = std::vector<std::string>;

namespace {

struct Edited {
    std::string text;
    bool is_rewritten = false;

    bool operator==(const Edited&) const = default;
};

doctest::String toString(const Edited& edited) {
    return (edited.text + (edited.is_rewritten ? "(rewritten)" : "")).c_str();
}

Edited edited(const remuda::Result<Change>& change) {
    REQUIRE(change);
    return {change->text, change->is_rewritten};
}

Edited added(const std::string& text, const std::string& command, End end = End::back) {
    const auto entry = make_entry({.words = {command}});
    REQUIRE(entry);
    return edited(with_entry(remuda::yaml::Source("queue.yaml", text), *entry, end));
}

Edited removed(const std::string& text, const std::vector<std::size_t>& indices) {
    return edited(without_entries(remuda::yaml::Source("queue.yaml", text), indices));
}

}  // namespace

TEST_CASE("an entry is added behind all others and all other bytes stay") {
    CHECK(added("# top\n- a   # x\n\n- 'b'\n", "c") == Edited{"# top\n- a   # x\n\n- 'b'\n- c\n"});
    CHECK(added("- a\n# end\n\n", "c") == Edited{"- a\n# end\n\n- c\n"});
}

TEST_CASE("an entry is added with the file's indentation, line breaks and byte order mark") {
    CHECK(added("  - a\n", "c") == Edited{"  - a\n  - c\n"});
    CHECK(added("\xEF\xBB\xBF- a\r\n- b", "c") == Edited{"\xEF\xBB\xBF- a\r\n- b\r\n- c\r\n"});
    CHECK(added("- a", "c") == Edited{"- a\n- c\n"});
    CHECK(added("\xEF\xBB\xBF", "c") == Edited{"\xEF\xBB\xBF- c\n"});
}

TEST_CASE("the first entry goes behind what is there") {
    CHECK(added("", "c") == Edited{"- c\n"});
    CHECK(added("# only this", "c") == Edited{"# only this\n- c\n"});
    CHECK(added("# only this", "c", End::front) == Edited{"# only this\n- c\n"});
    CHECK(added("\n\n", "c") == Edited{"\n\n- c\n"});
    CHECK(added("[]", "c").text == "- command:\n    - c\n");
}

TEST_CASE("an entry at the front goes behind the leading comments") {
    CHECK(added("# top\n\n- a\n- b\n", "c", End::front) == Edited{"# top\n\n- c\n- a\n- b\n"});
    CHECK(added("\xEF\xBB\xBF  - a\n", "c", End::front) == Edited{"\xEF\xBB\xBF  - c\n  - a\n"});
}

TEST_CASE("what ends the document stays at the end") {
    CHECK(added("---\n- a\n# x\n...\n", "c") == Edited{"---\n- a\n- c\n# x\n...\n"});
}

TEST_CASE("a text block at the end keeps its text") {
    CHECK(added("- |+\n  a\n\n", "c") == Edited{"- |+\n  a\n\n- c\n"});
    // Without a line break at its end, it cannot be followed by anything: it is written otherwise.
    const Edited result = added("- |\n  a", "c");
    CHECK(result.is_rewritten);
    CHECK(jobs_in(result.text) == Strings{"a", "c"});
}

TEST_CASE("a list with anchors can be added to as it is") {
    CHECK(added("- &x a\n- *x\n", "c") == Edited{"- &x a\n- *x\n- c\n"});
    CHECK(added("# top\n  - &x a\n  - *x\n", "c", End::front) ==
          Edited{"# top\n  - c\n  - &x a\n  - *x\n"});
}

TEST_CASE("a list in brackets is written anew below its comments") {
    CHECK(added("# top\n[a, b]  # x\n", "c") ==
          Edited{"# top\n- command:\n    - a\n- command:\n    - b\n- command:\n    - c\n", true});
}

TEST_CASE("entries leave with their lines and comments stay") {
    const std::string text = "# one\n- a  # a's\n# two\n- command: b\n  x: [1, 2]\n\n- c";
    CHECK(removed(text, {0}) == Edited{"# one\n# two\n- command: b\n  x: [1, 2]\n\n- c"});
    CHECK(removed(text, {1}) == Edited{"# one\n- a  # a's\n# two\n\n- c"});
    CHECK(removed(text, {0, 2}) == Edited{"# one\n# two\n- command: b\n  x: [1, 2]\n\n"});
    CHECK(removed(text, {0, 1, 2}) == Edited{"# one\n# two\n\n"});
    CHECK(removed(text, {}) == Edited{text});
}

TEST_CASE("taking an anchor away writes the file anew with what the aliases stood for") {
    const Edited result = removed("- &x a\n- b\n- *x\n", {0});
    CHECK(result.is_rewritten);
    CHECK(jobs_in(result.text) == Strings{"b", "a"});
}
