// SPDX-License-Identifier: MIT
#include "remuda/base/units.h"

#include <string>

#include <doctest/doctest.h>

using namespace remuda;
using namespace std::chrono_literals;

TEST_CASE("durations are numbers with units, the larger ones first") {
    CHECK(parse_duration("90s") == Duration(90s));
    CHECK(parse_duration("12h") == Duration(12h));
    CHECK(parse_duration("1h30m") == Duration(90min));
    CHECK(parse_duration("1.5h") == Duration(90min));
    CHECK(parse_duration("2d3h4m5s6ms") == Duration(51h + 4min + 5s + 6ms));
    CHECK(parse_duration("0.25") == Duration(250ms));
    CHECK(parse_duration("10") == Duration(10s));
    CHECK(parse_duration("0") == Duration(0));
}

TEST_CASE("what is no duration is refused") {
    for (const char* text : {"", "s", "-1s", "1x", "1 s", "1s ", "30m1h", "1s1s", "1h30", "1e3s",
                             "nan", "inf", "999999999d", "1,5h", "1H"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text).has_value());
    }
}

TEST_CASE("sizes are whole numbers with units that are powers of 1024") {
    CHECK(parse_size("4096") == 4096U);
    CHECK(parse_size("12B") == 12U);
    CHECK(parse_size("512K") == 512U * 1024);
    CHECK(parse_size("512k") == 512U * 1024);
    CHECK(parse_size("10M") == 10U * 1024 * 1024);
    CHECK(parse_size("10MiB") == 10U * 1024 * 1024);
    CHECK(parse_size("1GB") == 1024U * 1024 * 1024);
    CHECK(parse_size("0") == 0U);
    for (const char* text : {"", "M", "-1", "1.5M", "1X", "1 M", "1MX", "1iB",
                             "99999999999999999999", "9999999999T"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_size(text).has_value());
    }
}
