// SPDX-License-Identifier: MIT
#include "unit/yaml/parsed.h"

#include <doctest/doctest.h>

using remuda::test::Parsed;

namespace {

std::string error_of(const std::string& text) {
    const Parsed parsed(text);
    CHECK_FALSE(parsed.document.has_root);
    return parsed.errors();
}

}  // namespace

TEST_CASE("a quote that is never closed is shown where it opens") {
    CHECK(error_of("- a\n- \"abc\n- d\n") == R"(error: this quote is never closed
 --> f.yaml:2:3
  |
2 | - "abc
  |   ^
)");
}

TEST_CASE("text behind a closing quote is told to be quoted as a whole") {
    CHECK(error_of("- \"a\" b\n- c\n") ==
          R"(error: did not find expected '-' indicator while parsing a block collection
 --> f.yaml:1:7
  |
1 | - "a" b
  |       ^
  = help: a leading '"' begins a quoted text, which ends at the next such quote; quote the entry: - '"a" b'
)");
}

TEST_CASE("a template with text behind it is told to be quoted") {
    CHECK(error_of("- {{ x }} --flag\n- b\n") ==
          R"(error: did not find expected '-' indicator while parsing a block collection
 --> f.yaml:1:11
  |
1 | - {{ x }} --flag
  |           ^
  = help: a leading '{' begins a mapping; quote the entry: - '{{ x }} --flag'
)");
    CHECK(error_of("- k: {{ x }} y\n") ==
          R"(error: did not find expected key while parsing a block mapping
 --> f.yaml:1:14
  |
1 | - k: {{ x }} y
  |              ^
  = help: a leading '{' begins a mapping; quote the value: '{{ x }} y'
)");
}

TEST_CASE("a test command in brackets is told to be quoted") {
    CHECK(error_of("- [ -f x ] && y\n") ==
          R"(error: did not find expected alphabetic or numeric character while scanning an anchor
 --> f.yaml:1:13
  |
1 | - [ -f x ] && y
  |             ^
  = help: a leading '[' begins a list; quote the entry: - '[ -f x ] && y'
)");
}

TEST_CASE("a range inside a list in brackets is told to be quoted") {
    CHECK(error_of("- hostname: [node[1-3], b]\n") ==
          R"(error: did not find expected ',' or ']' while parsing a flow sequence
 --> f.yaml:1:18
  |
1 | - hostname: [node[1-3], b]
  |                  ^
  = help: quote what has brackets of its own: ['node[1-3]', node5]
)");
}

TEST_CASE("a second colon is told to be quoted") {
    CHECK(error_of("- echo a: b: c\n") == R"(error: mapping values are not allowed in this context
 --> f.yaml:1:12
  |
1 | - echo a: b: c
  |            ^
  = help: ': ' separates a key from its value; quote the entry: - 'echo a: b: c'
)");
}

TEST_CASE("characters that YAML reserves are named") {
    CHECK(error_of("- @x\n") ==
          R"(error: found character that cannot start any token while scanning for the next token
 --> f.yaml:1:3
  |
1 | - @x
  |   ^
  = help: a leading '@' is reserved by YAML; quote the entry: - '@x'
)");
    CHECK(error_of("- a\n- `date`\n") ==
          R"(error: found character that cannot start any token while scanning for the next token
 --> f.yaml:2:3
  |
2 | - `date`
  |   ^
  = help: a leading '`' is reserved by YAML; quote the entry: - '`date`'
)");
    CHECK(error_of("- *\n") ==
          R"(error: did not find expected alphabetic or numeric character while scanning an alias
 --> f.yaml:1:4
  |
1 | - *
  |    ^
  = help: a leading '*' begins an alias; quote the entry: - '*'
)");
    CHECK(error_of("- %x\n") ==
          R"(error: found character that cannot start any token while scanning for the next token
 --> f.yaml:1:3
  |
1 | - %x
  |   ^
  = help: a leading '%' is reserved by YAML; quote the entry: - '%x'
)");
}

TEST_CASE("a dash without a blank behind it is named") {
    CHECK(error_of("- a\n-b\n- c\n") ==
          R"(error: could not find expected ':' while scanning a simple key
 --> f.yaml:3:1
  |
3 | - c
  | ^
  = help: a list item needs a space behind its '-': - b
)");
}

TEST_CASE("a tab in the indentation is named") {
    CHECK(error_of("- a: 1\n\tb: 2\n") ==
          R"(error: found a tab character that violates indentation while scanning a plain scalar
 --> f.yaml:2:1
  |
2 |     b: 2
  | ^^^^
  = help: indent with spaces: YAML allows no tabs there
)");
}

TEST_CASE("wrong indentation is shown with the parser's own words") {
    CHECK(error_of("- a\n b\nc: d\n") ==
          R"(error: did not find expected '-' indicator while parsing a block collection
 --> f.yaml:3:1
  |
3 | c: d
  | ^
)");
}

TEST_CASE("bytes that are no UTF-8 are shown where they are") {
    CHECK(error_of("- é\n- a\xff"
                   "b\n") == R"(error: this is not UTF-8
 --> f.yaml:2:4
  |
2 | - a\xffb
  |    ^^^^
  = help: save the file as UTF-8
)");
    CHECK(error_of("\xEF\xBB\xBF- \xC0\x80\n") == R"(error: this is not UTF-8
 --> f.yaml:1:3
  |
1 | - \xc0\x80
  |   ^^^^
  = help: save the file as UTF-8
)");
}

TEST_CASE("control characters are shown where they are") {
    CHECK(error_of("- é\n- a\x1b[0m\n") == R"(error: a control character, which YAML does not allow
 --> f.yaml:2:4
  |
2 | - a\x1b[0m
  |    ^^^^
  = help: in double quotes it can be written as an escape: "\x1b"
)");
    CHECK(error_of(std::string("- a\0b\n", 6)) ==
          R"(error: a control character, which YAML does not allow
 --> f.yaml:1:4
  |
1 | - a\x00b
  |    ^^^^
  = help: in double quotes it can be written as an escape: "\x1b"
)");
}

TEST_CASE("UTF-16 is no UTF-8") {
    CHECK(error_of(std::string("\xFF\xFE-\0 \0a\0", 8)) == R"(error: this is not UTF-8
 --> f.yaml:1:1
  |
1 | \xff\xfe-\x00 \x00a\x00
  | ^^^^
  = help: save the file as UTF-8
)");
}
