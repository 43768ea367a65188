// SPDX-License-Identifier: MIT
#include "remuda/ssh_config/pattern.h"

#include <string>

#include <doctest/doctest.h>

namespace remuda::ssh_config {

TEST_CASE("a pattern knows any text and any letter") {
    CHECK(matches("", ""));
    CHECK(matches("", "**"));
    CHECK(matches("web1", "web?"));
    CHECK(matches("web1", "*b*1*"));
    CHECK(matches("aXbXc", "a*X?"));
    CHECK_FALSE(matches("web1", "web"));
    CHECK_FALSE(matches("web", "web?"));
    CHECK_FALSE(matches("", "?"));
    CHECK_FALSE(matches("Web1", "web1"));
    CHECK_FALSE(matches("ab", "*?a"));
}

TEST_CASE("many stars cost no more than their number") {
    std::string pattern;
    for (int i = 0; i < 200; ++i)
        pattern += "*a";
    CHECK_FALSE(matches(std::string(2000, 'a') + "b", pattern));
}

TEST_CASE("a list matches by one pattern and by no negated one") {
    CHECK(matches_list("web1", "db*,web*", false));
    CHECK_FALSE(matches_list("web1", "web*,!web1", false));
    CHECK_FALSE(matches_list("web1", "!web1,web*", false));
    CHECK_FALSE(matches_list("web1", "!db1", false));
    CHECK(matches_list("web1", "!db1,*", false));
    CHECK_FALSE(matches_list("web1", "WEB1", false));
    CHECK(matches_list("web1", "WEB1", true));
    CHECK_FALSE(matches_list("web1", "", false));
    CHECK(matches_list("", "a,,b", false));
}

TEST_CASE("a list with a pattern beyond 1022 letters matches nothing, as in ssh") {
    CHECK_FALSE(matches_list("web1", "web1," + std::string(1023, 'a'), false));
    CHECK(matches_list("web1", "web1," + std::string(1022, 'a'), false));
}

}  // namespace remuda::ssh_config
