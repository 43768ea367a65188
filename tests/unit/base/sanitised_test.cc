// SPDX-License-Identifier: MIT
#include "remuda/base/text.h"

#include <string>

#include <doctest/doctest.h>

using remuda::sanitised;

TEST_CASE("ordinary text passes unchanged") {
    CHECK(sanitised("a b\tc ~ é 日本 😀", false) == "a b\tc ~ é 日本 😀");
    CHECK(sanitised("", true).empty());
}

TEST_CASE("control characters go") {
    CHECK(sanitised(std::string("a\0b\x07"
                                "c\x08\x7F",
                                6),
                    true) == "abc");
    CHECK(sanitised("a\u0085b\u009Bc", true) == "abc");
    CHECK(sanitised("a\nb\rc", true) == "abc");
}

TEST_CASE("colour stays only where asked for") {
    CHECK(sanitised("\x1B[1;38:5:1mx\x1B[m", true) == "\x1B[1;38:5:1mx\x1B[m");
    CHECK(sanitised("\x1B[1;31mx\x1B[0m", false) == "x");
}

TEST_CASE("other escape sequences go whole") {
    CHECK(sanitised("a\x1B[2Jb\x1B[?25lc\x1B[10;20Hd\x1B[>4;2me", true) == "abcde");
    CHECK(sanitised("a\x1B]0;title\x07"
                    "b\x1B]52;c;Zm9v\x1B\\c",
                    true) == "abc");
    CHECK(sanitised("a\x1BP1$r\x1B\\b\x1B_x\x1B\\c\x1B^y\x07"
                    "d",
                    true) == "abcd");
    CHECK(sanitised("a\x1B(Bb\x1B"
                    "7c\x1B",
                    true) == "abc");
    CHECK(sanitised("a\x1B[12", true) == "a");
}

TEST_CASE("a sequence that does not end on the line swallows no text") {
    CHECK(sanitised("a\x1B]0;rest of the line", true) == "a0;rest of the line");
    std::string many;
    for (int i = 0; i < 30'000; ++i)
        many += "\x1B]";
    CHECK(sanitised(many + "x", true) == "x");
}

TEST_CASE("bytes that are no UTF-8 are shown as U+FFFD, one for each broken character") {
    CHECK(sanitised("a\xFF"
                    "b",
                    true) == "a\uFFFDb");
    CHECK(sanitised("\xE2\x82", true) == "\uFFFD");
    CHECK(sanitised("\xE2\x82z", true) == "\uFFFDz");
    CHECK(sanitised("\xC0\x80", true) == "\uFFFD\uFFFD");
    CHECK(sanitised("\xED\xA0\x80", true) == "\uFFFD\uFFFD\uFFFD");
    CHECK(sanitised("\xF4\x90\x80\x80", true) == "\uFFFD\uFFFD\uFFFD\uFFFD");
}

TEST_CASE("text cannot be made to look other than it is") {
    CHECK(sanitised("a\u202Eb\u202Cc\u2066d\u2069", true) == "abcd");
}

TEST_CASE("plain text is printable ASCII and tabs, wherever it ends") {
    for (std::size_t length = 0; length < 100; ++length) {
        const std::string plain(length, 'a');
        CHECK(remuda::plain_length(plain) == length);
        CHECK(remuda::plain_length(plain + "\t~ ") == length + 3);
        for (const std::string other : {"\n", "\x1F", "\x7F", "\x80", "\xFF", "\x1B", "\r"})
            CHECK(remuda::plain_length(plain + other + "a") == length);
        CHECK(remuda::plain_length(plain + std::string("\0b", 2)) == length);
    }
}
