// SPDX-License-Identifier: MIT
#include "remuda/output/listing.h"

#include "remuda/base/text.h"

#include <doctest/doctest.h>

using remuda::output::entry_as_json;
using remuda::output::ListedEntry;
using remuda::output::listing;

namespace {

ListedEntry plain(std::string command) {
    ListedEntry entry;
    entry.id = "kfmtrb";
    entry.commands = {std::move(command)};
    return entry;
}

}  // namespace

TEST_CASE("numbers, ids and jobs stand in columns") {
    ListedEntry one = plain("a");
    one.number = 9;
    ListedEntry two = plain("b {{ x }}");
    two.number = 10;
    two.jobs = 12;
    two.commands.emplace_back("c");
    two.parameters = {{"x", {"1", "2", "3"}}, {"y", {"1", "2"}}};
    two.slots = {4};
    two.name = "big";
    CHECK(listing({one, two}, 0) ==
          " 9  kfmtrb           a\n"
          "10  kfmtrb  12 jobs  b {{ x }} (and 1 more)  x=1,2,3 y=1,2  4 slots  'big'\n");
    CHECK(listing({one}, 0) == "9  kfmtrb  a\n");
    CHECK(listing({}, 0).empty());
}

TEST_CASE("of many values the first ones are shown, of a long command the first line") {
    ListedEntry entry = plain("first\n\nsecond\n");
    entry.parameters = {{"x", std::vector<std::string>(20, "v")}};
    CHECK(listing({entry}, 0) == "1  kfmtrb  first ...  x=v,v,v,v,v,v,v,v,... (20)\n");
    CHECK(listing({plain("only\n")}, 0) == "1  kfmtrb  only\n");
}

TEST_CASE("lines fit the terminal, and foreign text is made safe") {
    ListedEntry entry = plain("x\x1B[2Jy\t" + std::string(100, 'w'));
    entry.parameters = {{"p", {std::string(100, 'v')}}};
    for (const std::size_t columns : {2U, 10U, 20U, 40U, 80U}) {
        const std::string text = listing({entry}, columns);
        CHECK(remuda::display_width(text.substr(0, text.size() - 1)) <= columns);
        CHECK(text.find('\x1B') == std::string::npos);
        CHECK(text.find('\n') == text.size() - 1);
    }
}

TEST_CASE("an entry without a name has none in JSON") {
    CHECK(entry_as_json(plain("a\"\n")) ==
          R"({"v":1,"type":"entry","number":1,"id":"kfmtrb","jobs":1,"commands":["a\"\n"],)"
          R"("parameters":{},"slots":1,"line":1})"
          "\n");
}

TEST_CASE("several numbers of slots are a list") {
    ListedEntry entry = plain("a");
    entry.jobs = 2;
    entry.slots = {1, 4};
    CHECK(listing({entry}, 0) == "1  kfmtrb  2 jobs  a  1,4 slots\n");
    CHECK(entry_as_json(entry).ends_with(R"("parameters":{},"slots":[1,4],"line":1})"
                                         "\n"));
}
