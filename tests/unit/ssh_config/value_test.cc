// SPDX-License-Identifier: MIT
#include "ssh_config/keyword.h"
#include "ssh_config/words.h"

#include <doctest/doctest.h>

namespace remuda::ssh_config {

namespace {

Reading read(const std::string& keyword, const std::string& rest) {
    const Keyword* const found = find_keyword(keyword);
    REQUIRE(found != nullptr);
    const auto arguments = split_arguments(rest);
    REQUIRE(arguments);
    const Environment environment;
    return found->read(
        {.keyword = keyword, .arguments = *arguments, .rest = rest, .environment = environment});
}

std::string text_of(const std::string& keyword, const std::string& rest) {
    const Reading reading = read(keyword, rest);
    CAPTURE(rest);
    CHECK(reading.fault == "");
    CHECK(reading.doubt == "");
    return reading.values.empty() ? "" : reading.values[0];
}

bool is_refused(const std::string& keyword, const std::string& rest) {
    return !read(keyword, rest).fault.empty();
}
bool is_doubtful(const std::string& keyword, const std::string& rest) {
    return !read(keyword, rest).doubt.empty();
}

}  // namespace

TEST_CASE("times are printed in seconds") {
    CHECK(text_of("connecttimeout", "1m30") == "90");
    CHECK(text_of("connecttimeout", "1w2D3h4M5s") == "788645");
    CHECK(text_of("connecttimeout", "none").empty());
    for (const char* const text : {"", "5x", "m", "-1", "99999999999", "4000w", "1 "}) {
        CAPTURE(text);
        CHECK_FALSE(seconds_of(text));
    }
    CHECK(is_refused("connecttimeout", "NONE"));
}

TEST_CASE("words are printed as ssh prints them, whatever their letters") {
    CHECK(text_of("batchmode", "TRUE") == "yes");
    CHECK(text_of("stricthostkeychecking", "yes") == "true");
    CHECK(text_of("stricthostkeychecking", "off") == "false");
    CHECK(text_of("tunnel", "yes") == "point-to-point");
    CHECK(text_of("pubkeyauthentication", "Host-Bound") == "host-bound");
    CHECK(text_of("loglevel", "debug1") == "DEBUG");
    CHECK(text_of("controlmaster", "yes") == "true");
    CHECK(is_refused("batchmode", "on"));
    CHECK(is_refused("compression", "true"));
}

TEST_CASE("ports and numbers have bounds") {
    CHECK(text_of("port", "65535") == "65535");
    CHECK(text_of("port", "0022") == "22");
    CHECK(is_refused("port", "0"));
    CHECK(is_refused("port", "65536"));
    CHECK(is_refused("port", "-1"));
    CHECK(is_refused("port", "no-such-service"));
    CHECK(text_of("serveralivecountmax", "0") == "0");
    CHECK(is_refused("serveralivecountmax", "2147483648"));
}

TEST_CASE("a jump is taken apart and put together") {
    CHECK(text_of("proxyjump", "me@gate:2222") == "me@gate:2222");
    CHECK(text_of("proxyjump", "a,b@c:22,10.0.0.1") == "a,b@c:22,[10.0.0.1]");
    CHECK(text_of("proxyjump", "[::1]:022") == "[::1]:22");
    CHECK(text_of("proxyjump", "ssh://me@gate:99") == "me@gate:99");
    CHECK(text_of("proxyjump", "gate:") == "gate");
    CHECK(text_of("proxyjump", "NONE") == "none");
    for (const char* const text : {"@a", "a:0", "a,,b", "::1", "ssh://-a", "a:b:c", "[a"}) {
        CAPTURE(text);
        CHECK(is_refused("proxyjump", text));
    }
    for (const char* const text : {"a # b", "a b", "a/b", "ssh://a/", "ssh://%41", "none # x"}) {
        CAPTURE(text);
        CHECK(is_doubtful("proxyjump", text));
    }
}

TEST_CASE("lists of algorithms are certain where every ssh knows their names") {
    CHECK(text_of("ciphers", "aes256-ctr,aes128-ctr,aes256-ctr") == "aes256-ctr,aes128-ctr");
    CHECK(is_doubtful("ciphers", "aes256-ctr,future"));
    CHECK(is_doubtful("ciphers", "aes256-ctr,"));
    CHECK(read("ciphers", "+future").concerns_all);
    CHECK(is_doubtful("ciphers", "+aes128-cbc"));
    CHECK_FALSE(read("ciphers", "+aes128-cbc").concerns_all);
    CHECK_FALSE(read("ciphers", "-*anything").concerns_all);
    CHECK(is_refused("ciphers", "\"\""));
}

TEST_CASE("forwardings are read in their plain forms") {
    CHECK(text_of("localforward", "8080 h:080") == "8080 [h]:80");
    CHECK(text_of("localforward", "[::1]:1 /tmp/s") == "[::1]:1 /tmp/s");
    CHECK(text_of("remoteforward", "0 a:1") == "0 [a]:1");
    CHECK(text_of("remoteforward", "1080") == "1080 [socks]:0");
    CHECK(text_of("dynamicforward", "*:1080") == "[*]:1080");
    CHECK(is_refused("localforward", "80"));
    CHECK(is_refused("localforward", "0 a:1"));
    CHECK(is_refused("localforward", "65536 a:1"));
    CHECK(is_doubtful("localforward", "http a:1"));
    CHECK(is_doubtful("localforward", "\\80 a:1"));
}

TEST_CASE("the environment of the command is taken name by name") {
    CHECK(read("setenv", "A=1 B=2 A=3").values == std::vector<std::string>{"A=1", "B=2"});
    CHECK(is_refused("setenv", "A"));
    CHECK(is_refused("sendenv", "A=1"));
}

TEST_CASE("keys are added to the agent for a while") {
    CHECK(text_of("addkeystoagent", "confirm 5m") == "confirm 300");
    CHECK(text_of("addkeystoagent", "1h") == "3600");
    CHECK(text_of("addkeystoagent", "0") == "true");
    CHECK(is_refused("addkeystoagent", "yes 5m"));
}

}  // namespace remuda::ssh_config
