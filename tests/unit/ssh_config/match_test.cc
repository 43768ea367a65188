// SPDX-License-Identifier: MIT
#include "ssh_config/match.h"

#include <doctest/doctest.h>

namespace remuda::ssh_config {

namespace {

// On its way to web1.example.com as alice, called by root as "web1".
Verdict verdict(const std::string& criteria) {
    const Match match = parse_match(criteria);
    CAPTURE(criteria);
    REQUIRE(match.fault.empty());
    REQUIRE(match.doubt.empty());
    Circumstances now;
    now.host = "web1.example.com";
    now.original_host = "Web1";
    now.user = "alice";
    now.local_user = "root";
    std::string why;
    return judge(match, now, why);
}

}  // namespace

TEST_CASE("criteria hold together, each by a list, each of them perhaps turned round") {
    CHECK(verdict("all") == Verdict::yes);
    CHECK(verdict("!all") == Verdict::no);
    CHECK(verdict("host WEB1.*") == Verdict::yes);
    CHECK(verdict("host=web1.*") == Verdict::yes);
    CHECK(verdict("host web1") == Verdict::no);
    CHECK(verdict("originalhost web1") == Verdict::yes);
    CHECK(verdict("user alice,bob localuser root") == Verdict::yes);
    CHECK(verdict("user Alice") == Verdict::no);
    CHECK(verdict("user *,!alice") == Verdict::no);
    CHECK(verdict("!user bob") == Verdict::yes);
    CHECK(verdict("!user bob !localuser root") == Verdict::no);
    CHECK(verdict("host web* all") == Verdict::yes);
    CHECK(verdict("host db* all") == Verdict::no);
    CHECK(verdict("user alice # host x") == Verdict::yes);
    CHECK(verdict("final") == Verdict::no);
    CHECK(verdict("!canonical") == Verdict::yes);
    CHECK(verdict("user \"alice\"") == Verdict::yes);
}

TEST_CASE("what only ssh can tell is unclear unless something else fails") {
    CHECK(verdict("exec true") == Verdict::unclear);
    CHECK(verdict("exec \"test -e /x\" user alice") == Verdict::unclear);
    CHECK(verdict("exec true user bob") == Verdict::no);
    CHECK(verdict("user bob tagged x") == Verdict::no);
    CHECK(verdict("localnetwork 10.0.0.0/8") == Verdict::unclear);
}

TEST_CASE("faults are ssh's, doubts are between its versions") {
    for (const char* const text : {"all user x", "user a host b all", "user", "# user x"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_match(text).fault.empty());
    }
    for (const char* const text : {"colour red", "!final", "host \"a b", "host 'a'", "user a\\ b",
                                   "exec \"x %z\"", "host a=b"}) {
        CAPTURE(text);
        CHECK(parse_match(text).fault.empty());
        CHECK_FALSE(parse_match(text).doubt.empty());
    }
    CHECK(parse_match("final host x").wants_second_pass);
    CHECK_FALSE(parse_match("canonical").wants_second_pass);
}

}  // namespace remuda::ssh_config
