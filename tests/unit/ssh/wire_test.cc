// SPDX-License-Identifier: MIT
#include "ssh/wire.h"

#include <string>

#include <doctest/doctest.h>

using namespace std::string_literals;
using namespace std::string_view_literals;
using remuda::ssh::base64_decoded;
using remuda::ssh::base64_encoded;
using remuda::ssh::WireReader;
using remuda::ssh::WireWriter;

TEST_CASE("what is written reads back") {
    const std::string bytes =
        WireWriter().byte(7).u32(0x01020304).string("abc").mpint("\0\0\x80\x01"sv).take();
    CHECK(bytes ==
          "\x07\x01\x02\x03\x04\0\0\0\x03"
          "abc\0\0\0\x03\0\x80\x01"s);
    WireReader reader(bytes);
    CHECK(reader.byte() == 7);
    CHECK(reader.u32() == 0x01020304);
    CHECK(reader.string() == "abc");
    CHECK_FALSE(reader.is_done());
    CHECK(reader.mpint() == "\x80\x01"sv);
    CHECK(reader.is_done());
}

TEST_CASE("reading past the end fails for good") {
    WireReader reader(
        "\0\0\0\x05"
        "abcd"sv);
    CHECK(reader.string().empty());
    CHECK_FALSE(reader.ok());
    CHECK(reader.byte() == 0);
    CHECK_FALSE(reader.is_done());
    WireReader huge(
        "\xff\xff\xff\xff"
        "abcd"sv);
    CHECK(huge.string().empty());
    CHECK_FALSE(huge.ok());
}

TEST_CASE("a negative number is damage, zero is empty") {
    WireReader negative("\0\0\0\x01\x80"sv);
    CHECK(negative.mpint().empty());
    CHECK_FALSE(negative.ok());
    WireReader zero("\0\0\0\0"sv);
    CHECK(zero.mpint().empty());
    CHECK(zero.is_done());
    CHECK(WireWriter().mpint("\0"sv).take() == "\0\0\0\0"s);
}

TEST_CASE("base64 of every length comes back") {
    std::string bytes;
    for (int i = 0; i < 70; ++i) {
        CHECK(base64_decoded(base64_encoded(bytes)) == bytes);
        bytes += static_cast<char>(i * 37);
    }
    CHECK(base64_encoded("any carnal pleas") == "YW55IGNhcm5hbCBwbGVhcw==");
    CHECK(base64_decoded("YW55\nIGNh\r\n cm5h") == "any carna");
}

TEST_CASE("what is not base64 decodes to nothing") {
    for (const char* text : {"A", "AA", "AAA", "AA=", "AA===", "A===", "====", "AB==", "AAB=",
                             "AA==AA==", "AA-A", "AAAA=", "AA\x80\x80"}) {
        CAPTURE(text);
        CHECK_FALSE(base64_decoded(text));
    }
    CHECK(base64_decoded("") == "");
}
