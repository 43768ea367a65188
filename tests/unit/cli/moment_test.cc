// SPDX-License-Identifier: MIT
#include "cli/moment.h"

#include "cli/records.h"

#include <doctest/doctest.h>

using remuda::cli::parse_moment;
using remuda::cli::parse_numbers;

TEST_CASE("an age is taken from now") {
    constexpr std::int64_t now = 10'000'000'000;
    CHECK(parse_moment("90s", now) == now - 90'000);
    CHECK(parse_moment("10m", now) == now - 600'000);
    CHECK(parse_moment("1.5h", now) == now - 5'400'000);
    CHECK(parse_moment("3d", now) == now - 259'200'000);
    CHECK(parse_moment("1w", now) == now - 604'800'000);
    CHECK(parse_moment("0s", now) == now);
    CHECK(parse_moment("99999999999999999999w", now).has_value());
}

TEST_CASE("a date stands for its beginning, on this machine's clock") {
    const auto day = parse_moment("2026-11-20", 0);
    REQUIRE(day.has_value());
    CHECK(parse_moment("2026-11-20 01:00", 0) == *day + 3'600'000);
    CHECK(parse_moment("2026-11-20T01:00:05", 0) == *day + 3'605'000);
}

TEST_CASE("what is no time is refused") {
    for (const char* text :
         {"", "yesterday", "5", "5x", "-3d", "h", "2026-13-40", "nan s", "inf"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_moment(text, 0).has_value());
    }
}

TEST_CASE("numbers of jobs stand alone or in ranges") {
    const auto numbers = parse_numbers({"12", "3-7"});
    REQUIRE(numbers.has_value());
    REQUIRE(numbers->size() == 2);
    CHECK(numbers->front() == std::pair<std::uint64_t, std::uint64_t>(12, 12));
    CHECK(numbers->back() == std::pair<std::uint64_t, std::uint64_t>(3, 7));
    CHECK(parse_numbers({"7-3"}).error().text() == "'7-3' is a range from high to low: write 3-7");
    for (const char* word : {"0", "x", "3-", "-3", "3-x", "1-2-3", ""}) {
        CAPTURE(word);
        CHECK_FALSE(parse_numbers({word}).has_value());
    }
}
