// SPDX-License-Identifier: MIT
#include "remuda/yaml/diagnostic.h"

#include <doctest/doctest.h>

using remuda::yaml::Diagnostics;
using remuda::yaml::Source;
using remuda::yaml::Span;

namespace {

std::string rendered(const std::string& text, Span span) {
    const Source source("f.yaml", text);
    Diagnostics diagnostics;
    diagnostics.error(span, "wrong");
    return diagnostics.render(source);
}

}  // namespace

TEST_CASE("a diagnostic shows what, where, the line with carets, and the remedy") {
    const Source source("hosts.yaml", "- a\n\n-\n  hostnames: [node-1, node-2]\n");
    Diagnostics diagnostics;
    diagnostics.error({9, 18}, "unknown key 'hostnames' in a host entry",
                      "did you mean 'hostname'?",
                      "every mapping needs 'hostname'; other keys are parameters");
    CHECK(diagnostics.render(source) == R"(error: unknown key 'hostnames' in a host entry
 --> hosts.yaml:4:3
  |
4 |   hostnames: [node-1, node-2]
  |   ^^^^^^^^^ did you mean 'hostname'?
  = help: every mapping needs 'hostname'; other keys are parameters
)");
}

TEST_CASE("the gutter is as wide as the line number, and further lines of help are aligned") {
    const Source source("f.yaml", std::string(9, '\n') + "abc");
    Diagnostics diagnostics;
    diagnostics.warning({10, 11}, "odd", "", "one\ntwo");
    CHECK(diagnostics.render(source) == R"(warning: odd
  --> f.yaml:10:2
   |
10 | abc
   |  ^
   = help: one
           two
)");
}

TEST_CASE("diagnostics are shown in file order, those of one place as they were found") {
    const Source source("f.yaml", "a\nb\n");
    Diagnostics diagnostics;
    diagnostics.error({2, 3}, "three");
    diagnostics.error({0, 1}, "one");
    diagnostics.warning({0, 1}, "two");
    const std::string text = diagnostics.render(source);
    CHECK(text.find("one") < text.find("two"));
    CHECK(text.find("two") < text.find("three"));
}

TEST_CASE("only as many as asked for are shown, the rest is counted") {
    const Source source("f.yaml", "a\n");
    Diagnostics diagnostics;
    for (int i = 0; i < 5; ++i)
        diagnostics.error({0, 1}, "wrong");
    CHECK(diagnostics.render(source, false, 1) == R"(error: wrong
 --> f.yaml:1:1
  |
1 | a
  | ^
... and 4 more
)");
}

TEST_CASE("warnings alone are no errors") {
    Diagnostics diagnostics;
    CHECK(diagnostics.empty());
    diagnostics.warning({0, 1}, "odd");
    CHECK_FALSE(diagnostics.has_errors());
    CHECK_FALSE(diagnostics.empty());
    diagnostics.error({0, 1}, "wrong");
    CHECK(diagnostics.has_errors());
}

TEST_CASE("carets stand right under wide characters") {
    CHECK(rendered("日本 é x", {10, 11}) == R"(error: wrong
 --> f.yaml:1:11
  |
1 | 日本 é x
  |        ^
)");
    CHECK(rendered("a 日本 b", {2, 8}) == R"(error: wrong
 --> f.yaml:1:3
  |
1 | a 日本 b
  |   ^^^^
)");
}

TEST_CASE("tabs are shown as blanks") {
    CHECK(rendered("a\tb\tcd", {4, 6}) == R"(error: wrong
 --> f.yaml:1:5
  |
1 | a   b   cd
  |         ^^
)");
}

TEST_CASE("control characters, bidirectional overrides and broken UTF-8 are written out") {
    CHECK(rendered("a\x1b[31m\xff\xe2\x80\xae\x7f z", {12, 13}) == R"(error: wrong
 --> f.yaml:1:13
  |
1 | a\x1b[31m\xff<U+202E>\x7f z
  |                           ^
)");
    const Source source("f\n.yaml", "a");
    Diagnostics diagnostics;
    diagnostics.error({0, 1}, "key '\x1b'", "\r", "x\x07");
    CHECK(diagnostics.render(source) == R"(error: key '\x1b'
 --> f\x0a.yaml:1:1
  |
1 | a
  | ^ \x0d
  = help: x\x07
)");
}

TEST_CASE("a span over several lines is marked to the end of its first line") {
    CHECK(rendered("abc\ndef", {1, 6}) == R"(error: wrong
 --> f.yaml:1:2
  |
1 | abc
  |  ^^
)");
}

TEST_CASE("an empty span and the end of the file get one caret") {
    CHECK(rendered("ab", {1, 1}) == R"(error: wrong
 --> f.yaml:1:2
  |
1 | ab
  |  ^
)");
    CHECK(rendered("ab\n", {3, 3}) == R"(error: wrong
 --> f.yaml:2:1
  |
2 |
  | ^
)");
    CHECK(rendered("", {0, 5}) == R"(error: wrong
 --> f.yaml:1:1
  |
1 |
  | ^
)");
}

TEST_CASE("a long line is cut around the caret") {
    const std::string text = std::string(200, 'a') + "XY" + std::string(200, 'b');
    CHECK(rendered(text, {200, 202}) == "error: wrong\n --> f.yaml:1:201\n  |\n1 | ..." +
                                            std::string(40, 'a') + "XY" + std::string(51, 'b') +
                                            "...\n  | " + std::string(43, ' ') + "^^\n");
    CHECK(rendered(std::string(200, 'a'), {0, 200}) == "error: wrong\n --> f.yaml:1:1\n  |\n1 | " +
                                                           std::string(96, 'a') + "...\n  | " +
                                                           std::string(96, '^') + "\n");
}

TEST_CASE("a line of a megabyte is no trouble") {
    std::string text;
    for (int i = 0; i < 500'000; ++i)
        text += "é";
    const std::string shown = rendered(text, {500'000, 500'002});
    CHECK(shown.size() < 1000);
    CHECK(shown.find("\\x") == std::string::npos);
}

TEST_CASE("colour changes nothing but colour") {
    const Source source("f.yaml", "ab");
    Diagnostics diagnostics;
    diagnostics.error({0, 1}, "wrong", "here", "do");
    std::string coloured = diagnostics.render(source, true);
    CHECK(coloured.find("\x1b[1;31m") != std::string::npos);
    for (std::size_t at = coloured.find('\x1b'); at != std::string::npos;
         at = coloured.find('\x1b')) {
        coloured.erase(at, coloured.find('m', at) - at + 1);
    }
    CHECK(coloured == diagnostics.render(source));
}
