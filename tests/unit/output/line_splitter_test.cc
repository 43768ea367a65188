// SPDX-License-Identifier: MIT
#include "output/line_splitter.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using remuda::output::LineSplitter;
using Lines = std::vector<std::string>;

namespace {

Lines split(const Lines& chunks) {
    LineSplitter splitter;
    Lines lines;
    const auto keep = [&](std::string_view line, bool /*begins_line*/) {
        lines.emplace_back(line);
    };
    for (const std::string& chunk : chunks)
        splitter.feed(chunk, keep);
    splitter.finish(keep);
    return lines;
}

}  // namespace

TEST_CASE("a line ends at LF or CRLF") {
    CHECK(split({"a\nb\r\nc"}) == Lines{"a", "b", "c"});
    CHECK(split({"a\n\nb\n"}) == Lines{"a", "", "b"});
    CHECK(split({"a\r\n\r\nb\r\n"}) == Lines{"a", "", "b"});
    CHECK(split({"a\r\r\nb"}) == Lines{"a", "b"});
    CHECK(split({}).empty());
}

TEST_CASE("of a line that CR begins anew the last state is passed on") {
    CHECK(split({"\r10%\r50%\r100%\nnext\n"}) == Lines{"100%", "next"});
    CHECK(split({"10%\r\r50%\r\n"}) == Lines{"50%"});
    CHECK(split({"10%\r50%\r"}) == Lines{"50%"});
    CHECK(split({"one\rtwo"}) == Lines{"two"});
    CHECK(split({"\r\r\r"}).empty());
}

TEST_CASE("the line that has not ended can be looked at") {
    LineSplitter splitter;
    const auto nothing = [](std::string_view, bool) {};
    splitter.feed("one\nContinue? ", nothing);
    CHECK(splitter.unfinished() == "Continue? ");
    CHECK_FALSE(splitter.is_rewritten());
    splitter.feed("\n10%\r2", nothing);
    CHECK(splitter.unfinished() == "2");
    CHECK(splitter.is_rewritten());
    splitter.feed("0%\n", nothing);
    CHECK(splitter.unfinished().empty());
    CHECK_FALSE(splitter.is_rewritten());
}

TEST_CASE("chunks may be cut anywhere") {
    const std::string whole = "one\r\ntwo\n\r\nthr\xC3\xA9\x65\rl\rlast";
    const Lines expected = split({whole});
    CHECK(expected == Lines{"one", "two", "", "last"});
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        CHECK(split({whole.substr(0, cut), whole.substr(cut)}) == expected);
    }
    Lines bytes;
    for (const char c : whole)
        bytes.emplace_back(1, c);
    CHECK(split(bytes) == expected);
}

TEST_CASE("a huge line is passed on in pieces, cut between characters") {
    std::string line;
    while (line.size() < 200'000)
        line += "€";
    const Lines pieces = split({"x" + line + "\nnext\n"});
    REQUIRE(pieces.size() == 5);
    std::string joined;
    for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
        CHECK(pieces[i].size() <= LineSplitter::kLongest);
        CHECK((pieces[i].size() - (i == 0 ? 1 : 0)) % 3 == 0);
        joined += pieces[i];
    }
    CHECK(joined == "x" + line);
    CHECK(pieces.back() == "next");
}

TEST_CASE("a line of exactly the greatest length is one line") {
    const std::string line(LineSplitter::kLongest, 'x');
    CHECK(split({line, "\nb\n"}) == Lines{line, "b"});
    CHECK(split({line + "\nb\n"}) == Lines{line, "b"});
    CHECK(split({line + "y\nb\n"}) == Lines{line, "y", "b"});
}

TEST_CASE("the pieces of a long line are told from lines of their own") {
    LineSplitter splitter;
    std::vector<bool> begins;
    const auto keep = [&](std::string_view, bool begins_line) { begins.push_back(begins_line); };
    splitter.feed(std::string(3 * LineSplitter::kLongest, 'x'), keep);
    CHECK(splitter.is_continued());
    splitter.feed("\nshort\n", keep);
    CHECK(begins == std::vector<bool>{true, false, false, true});
}
