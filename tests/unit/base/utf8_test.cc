// SPDX-License-Identifier: MIT
#include "remuda/base/utf8.h"

#include <doctest/doctest.h>

using remuda::decode_utf8;
using remuda::incomplete_utf8_tail;

TEST_CASE("characters of each length are decoded") {
    CHECK(decode_utf8("a").code == U'a');
    CHECK(decode_utf8("é").code == U'é');
    CHECK(decode_utf8("€x").code == U'€');
    CHECK(decode_utf8("😀").code == U'😀');
    CHECK(decode_utf8("😀").length == 4);
    CHECK(decode_utf8("").length == 0);
}

TEST_CASE("an invalid step takes the longest start of a character") {
    CHECK(decode_utf8("\xF0\x9F\x98").length == 3);
    CHECK(decode_utf8("\xE2(").length == 1);
    CHECK(decode_utf8("\x80").length == 1);
    CHECK_FALSE(decode_utf8("\xF5\x80").is_valid);
}

TEST_CASE("a tail is incomplete only while it can still become a character") {
    CHECK(incomplete_utf8_tail("abc") == 0);
    CHECK(incomplete_utf8_tail("") == 0);
    CHECK(incomplete_utf8_tail("a\xC3") == 1);
    CHECK(incomplete_utf8_tail("a\xE2\x82") == 2);
    CHECK(incomplete_utf8_tail("a\xF0\x9F\x98") == 3);
    CHECK(incomplete_utf8_tail("é") == 0);
    CHECK(incomplete_utf8_tail("\x82") == 0);
    CHECK(incomplete_utf8_tail("\xED\xA0") == 0);
    CHECK(incomplete_utf8_tail("\xFF") == 0);
}
