// SPDX-License-Identifier: MIT
#include "remuda/base/text.h"

#include <doctest/doctest.h>

using remuda::display_width;
using remuda::elided;
using remuda::prefix_within;

TEST_CASE("width counts columns, not bytes") {
    CHECK(display_width("") == 0);
    CHECK(display_width("abc") == 3);
    CHECK(display_width("héé") == 3);
    CHECK(display_width("日本語") == 6);
    CHECK(display_width("e\u0301") == 1);
    CHECK(display_width("a\u200Db") == 2);
}

TEST_CASE("emoji, flags and their sequences are two columns wide") {
    CHECK(display_width("😀") == 2);
    CHECK(display_width("👩‍👩‍👧") == 2);
    CHECK(display_width("👍🏽") == 2);
    CHECK(display_width("🇩🇪") == 2);
    CHECK(display_width("🇩🇪🇫🇷") == 4);
    CHECK(display_width("1\uFE0F\u20E3") == 2);
    CHECK(display_width("❤\uFE0F") == 2);
}

TEST_CASE("control characters and colours take no column, bytes that are no UTF-8 take one each") {
    CHECK(display_width("a\tb\x01") == 2);
    CHECK(display_width("\x1B[1;31mred\x1B[0m") == 3);
    CHECK(display_width("\xFF\xFE") == 2);
    CHECK(display_width("\xE2\x82") == 2);
    CHECK(display_width("a\xCC") == 2);
}

TEST_CASE("a prefix ends between characters and always advances") {
    CHECK(prefix_within("abcdef", 3) == 3);
    CHECK(prefix_within("abc", 10) == 3);
    CHECK(prefix_within("日本", 3) == 3);
    CHECK(prefix_within("日本", 1) == 3);
    CHECK(prefix_within("abc", 0) == 1);
    CHECK(prefix_within("", 5) == 0);
    CHECK(prefix_within("e\u0301x", 1) == 3);
    CHECK(prefix_within("\x1B[31mab\x1B[0mc", 2) == 11);
}

TEST_CASE("elided text keeps both ends") {
    CHECK(elided("short", 5) == "short");
    CHECK(elided("0123456789", 7) == "012…789");
    CHECK(elided("0123456789", 6) == "012…89");
    CHECK(elided("0123456789", 1) == "…");
    CHECK(elided("0123456789", 0).empty());
    CHECK(elided("日本語日本語", 6) == "日…語");
}

TEST_CASE("elided text is one line") {
    CHECK(elided("a\nb\r\nc\td", 80) == "a b c d");
}
