// SPDX-License-Identifier: MIT
#include "remuda/queue/entry_ids.h"

#include "unit/queue/queues.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

using namespace remuda::queue;

using Strings = std::vector<std::string>;
using Indices = std::vector<std::size_t>;

namespace {

std::vector<Entry> entries_of(const std::string& text) {
    const remuda::yaml::Source source("queue.yaml", text);
    remuda::yaml::Diagnostics diagnostics;
    return parse_queue(source, diagnostics);
}

Indices chosen(const std::vector<Entry>& entries, const Strings& selection) {
    const auto result = selected(entries, selection);
    REQUIRE(result);
    return *result;
}

std::string refusal(const std::vector<Entry>& entries, const Strings& selection) {
    const auto result = selected(entries, selection);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == remuda::Code::invalid_input);
    return result.error().text();
}

}  // namespace

TEST_CASE("the id of an entry stays the same when others leave the queue") {
    const Strings before = ids_of(entries_of("- a\n- b\n- command: c {{ x }}\n  x: [1, 2]\n"));
    const Strings after = ids_of(entries_of("- command: b\n- command: c {{ x }}\n  x: [1, 2]\n"));
    REQUIRE(before.size() == 3);
    REQUIRE(after.size() == 2);
    CHECK(before[1] == after[0]);
    CHECK(before[2] == after[1]);
}

TEST_CASE("the id of an entry changes with what it stands for") {
    const Strings ids = ids_of(entries_of(
        "- a\n- [b]\n- command: [a, b]\n- command: a\n  x: [1, 2]\n- command: a\n  x: [1]\n"
        "- command: a\n  slots: 2\n- command: a\n  job: {name: a}\n- a\n"));
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
}

TEST_CASE("ids are six letters, or as many more as tell all entries apart") {
    std::string text;
    for (int i = 0; i < 30'000; ++i)
        text += "- echo " + std::to_string(i) + "\n";
    const auto entries = entries_of(text);
    const Strings ids = ids_of(entries);
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
    CHECK(ids.front().size() > 6);
    CHECK(ids.front().size() < 11);
    CHECK(ids_of(entries_of("- a\n")).front().size() == 6);
    CHECK(chosen(entries, {ids[17], ids[29'999]}) == Indices{17, 29'999});
}

TEST_CASE("entries are selected by number, range and id, each once and in order") {
    const auto entries = entries_of("- a\n- b\n- c\n- d\n- a\n");
    const Strings ids = ids_of(entries);
    CHECK(chosen(entries, {"3"}) == Indices{2});
    CHECK(chosen(entries, {"4-5", "1", "4"}) == Indices{0, 3, 4});
    CHECK(chosen(entries, {ids[4], ids[1]}) == Indices{1, 4});
    CHECK(chosen(entries, {ids[0], "1"}) == Indices{0});
}

TEST_CASE("what names no entry is refused with the reason") {
    const auto entries = entries_of("- a\n- b\n");
    CHECK(refusal(entries, {"1", "3"}) == "'3' is no entry: the last one is 2");
    CHECK(refusal(entries, {"0"}) == "'0' is no entry: they are numbered from 1");
    CHECK(refusal(entries, {"2-1"}) == "'2-1' is no range: its end comes before its begin");
    CHECK(refusal(entries, {"1-9"}) == "'1-9' is no entry: the last one is 2");
    CHECK(refusal(entries, {"x"}) ==
          "'x' is no number, range or id of an entry (see `remuda list`)");
    CHECK(refusal(entries, {""}) == "'' is no number, range or id of an entry (see `remuda list`)");
    CHECK(refusal(entries, {"bcdfgh"}) == "'bcdfgh' names no entry (any more)");
    CHECK(refusal(entries, {"99999999999999999999"}) ==
          "'99999999999999999999' names no entry (any more)");
}
