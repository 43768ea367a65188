// SPDX-License-Identifier: MIT
#include "remuda/yaml/source.h"

#include <doctest/doctest.h>

using remuda::yaml::Source;

TEST_CASE("lines end in LF, CR LF or CR, and the last one may be empty") {
    const Source source("f", "a\nb\r\nc\rd\n");
    REQUIRE(source.line_count() == 5);
    CHECK(source.line(1) == "a");
    CHECK(source.line(2) == "b");
    CHECK(source.line(3) == "c");
    CHECK(source.line(4) == "d");
    CHECK(source.line(5).empty());
    CHECK(source.line_start(3) == 5);
}

TEST_CASE("a line of its own may be a lone line break") {
    const Source source("f", "\n\r\n\r");
    CHECK(source.line_count() == 4);
    for (std::size_t line = 1; line <= 4; ++line)
        CHECK(source.line(line).empty());
}

TEST_CASE("positions count from 1, in bytes, and are clamped to the end") {
    const Source source("f", "ab\ncd");
    CHECK(source.position(0).column == 1);
    CHECK(source.position(4).line == 2);
    CHECK(source.position(4).column == 2);
    CHECK(source.position(99).line == 2);
    CHECK(source.position(99).column == 3);
}

TEST_CASE("a byte order mark is no part of the first line") {
    const Source source("f", "\xEF\xBB\xBF- a\n");
    CHECK(source.line(1) == "- a");
    CHECK(source.position(3).column == 1);
    CHECK(source.position(0).column == 1);
}

TEST_CASE("an empty file has one empty line") {
    const Source source("f", "");
    CHECK(source.line_count() == 1);
    CHECK(source.line(1).empty());
    CHECK(source.position(0).line == 1);
}
