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
    const auto keep = [&](std::string_view line) { lines.emplace_back(line); };
    for (const std::string& chunk : chunks)
        splitter.feed(chunk, keep);
    splitter.finish(keep);
    return lines;
}

}  // namespace

TEST_CASE("a line ends at LF, CRLF or CR") {
    CHECK(split({"a\nb\r\nc\rd"}) == Lines{"a", "b", "c", "d"});
    CHECK(split({"a\n\nb\n"}) == Lines{"a", "", "b"});
    CHECK(split({"a\r\n\r\nb\r\n"}) == Lines{"a", "", "b"});
    CHECK(split({}).empty());
}

TEST_CASE("the pieces of a progress bar are lines and nothing is shown between them") {
    CHECK(split({"\r10%\r50%\r100%\n"}) == Lines{"10%", "50%", "100%"});
    CHECK(split({"10%\r\r50%\r\n"}) == Lines{"10%", "50%"});
}

TEST_CASE("chunks may be cut anywhere") {
    const std::string whole = "one\r\ntwo\n\r\nthr\xC3\xA9\x65\rlast";
    const Lines expected = split({whole});
    CHECK(expected == Lines{"one", "two", "", "thr\xC3\xA9\x65", "last"});
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
