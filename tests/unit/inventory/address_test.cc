// SPDX-License-Identifier: MIT
#include "remuda/inventory/inventory.h"

#include <doctest/doctest.h>

using remuda::inventory::parse_address;

namespace {

// "user|name|port", or the error.
std::string parts(std::string_view text) {
    const auto address = parse_address(text);
    if (!address) return address.error().text();
    return address->user + "|" + address->name + "|" +
           (address->port ? std::to_string(*address->port) : "");
}

}  // namespace

TEST_CASE("user and port are optional") {
    CHECK(parts("node-1") == "|node-1|");
    CHECK(parts("ml@node-1") == "ml|node-1|");
    CHECK(parts("node-1:2222") == "|node-1|2222");
    CHECK(parts("ml@node-1:2222") == "ml|node-1|2222");
}

TEST_CASE("the last @ ends the user") {
    CHECK(parts("ml@corp@node-1") == "ml@corp|node-1|");
}

TEST_CASE("ssh:// and a slash at the end are allowed") {
    CHECK(parts("ssh://ml@node-1:2222") == "ml|node-1|2222");
    CHECK(parts("ssh://node-1/") == "|node-1|");
}

TEST_CASE("IPv6 addresses stand in brackets or bare; a port needs the brackets") {
    CHECK(parts("::1") == "|::1|");
    CHECK(parts("ml@fe80::1") == "ml|fe80::1|");
    CHECK(parts("[::1]") == "|::1|");
    CHECK(parts("ml@[::1]:22") == "ml|::1|22");
    CHECK(parts("ssh://[fe80::1%eth0]:22") == "|fe80::1%eth0|22");
    CHECK(parts("[::1") == "a '[' without ']'");
    CHECK(parts("[::1]22") == "only ':' and a port may follow an address in brackets");
}

TEST_CASE("a port is a number from 1 to 65535") {
    CHECK(parts("a:65535") == "|a|65535");
    for (const char* text : {"a:0", "a:65536", "a:", "a:ssh", "a:+22", "a: 22", "a:22x", "a:-1",
                             "a:99999999999999999999"}) {
        CHECK(parts(text) == "a port is a number from 1 to 65535");
    }
}

TEST_CASE("what ssh would take for an option is refused") {
    CHECK(parts("-oProxyCommand=x") == "the host name begins with '-', as an option of ssh does");
    CHECK(parts("ssh://-x") == "the host name begins with '-', as an option of ssh does");
    CHECK(parts("ml@-x") == "the host name begins with '-', as an option of ssh does");
    CHECK(parts("-x@node") == "the user begins with '-', as an option of ssh does");
}

TEST_CASE("empty parts, blanks, control characters and slashes are refused") {
    CHECK(parts("") == "the host name is empty");
    CHECK(parts("ml@") == "the host name is empty");
    CHECK(parts("@node") == "the user is empty");
    CHECK(parts("[]:22") == "the host name is empty");
    CHECK(parts("a b") == "the host name holds a blank or a control character");
    CHECK(parts("a\tb") == "the host name holds a blank or a control character");
    CHECK(parts("a\n") == "the host name holds a blank or a control character");
    CHECK(parts(std::string_view("a\0b", 3)) ==
          "the host name holds a blank or a control character");
    CHECK(parts("m l@node") == "the user holds a blank or a control character");
    CHECK(parts("a/b") == "the host name holds a '/'");
}
