// SPDX-License-Identifier: MIT
#include "ssh_config/expand.h"

#include <doctest/doctest.h>

namespace remuda::ssh_config {

namespace {

const Tokens kTokens = {.home = "/home/ann",
                        .host_name = "web1.example.com",
                        .original_name = "web1",
                        .host_key_alias = "alias",
                        .user = "deploy",
                        .local_user = "ann",
                        .uid = 1000,
                        .local_host = "desk.example.com",
                        .jump = "gate",
                        .port = 2222};

Environment environment() {
    Environment made;
    made.variable = [](const std::string& name) -> std::optional<std::string> {
        if (name == "KEYS") return "/keys";
        return std::nullopt;
    };
    return made;
}

std::string expanded(std::string_view text) {
    const auto result = expand(text, kTokens, environment());
    return result ? *result : "error: " + result.error().text();
}

}  // namespace

TEST_CASE("tokens, variables and the home are filled in") {
    CHECK(
        expanded("%%|%d|%h|%i|%j|%k|%L|%l|%n|%p|%r|%u") ==
        "%|/home/ann|web1.example.com|1000|gate|alias|desk|desk.example.com|web1|2222|deploy|ann");
    CHECK(expanded("~/.ssh/id_%n") == "/home/ann/.ssh/id_web1");
    CHECK(expanded("~") == "/home/ann/");
    CHECK(expanded("~//x") == "/home/ann/x");
    CHECK(expanded("a~/x") == "a~/x");
    CHECK(expanded("${KEYS}/id$KEYS") == "/keys/id$KEYS");
    CHECK(expanded("~root/x") == "/root/x");
}

TEST_CASE("what cannot be filled in is an error that names it") {
    CHECK(expanded("%z") == "error: unknown token %z in %z");
    CHECK(expanded("%C").starts_with("error: unknown token %C"));
    CHECK(expanded("100%") == "error: a lone % at the end of 100%");
    CHECK(expanded("${NOT_SET}") == "error: the variable NOT_SET is not set");
    CHECK(expanded("${KEYS") == "error: '}' is missing in ${KEYS");
    CHECK(expanded("${}").starts_with("error: a variable without a name"));
    CHECK(expanded("~no-such-user/x") == "error: no such user no-such-user");
}

TEST_CASE("a command keeps what is the shell's") {
    const auto command = expand_command("~/bin/to %h:%p ${KEYS} $X", kTokens);
    REQUIRE(command);
    CHECK(*command == "~/bin/to web1.example.com:2222 ${KEYS} $X");
    CHECK_FALSE(expand_command("nc %h %x", kTokens));
}

TEST_CASE("names lose their capitals, addresses take their usual form") {
    CHECK(normalised_host("Web1.Example", "") == "web1.example");
    CHECK(normalised_host("127.1", "") == "127.0.0.1");
    CHECK(normalised_host("7", "") == "0.0.0.7");
    CHECK(normalised_host("0x7f.1", "") == "127.0.0.1");
    CHECK(normalised_host("::0001", "") == "::1");
    CHECK(normalised_host("2001:DB8::1", "") == "2001:DB8::1");
    CHECK(normalised_host("::1", "inet") == "::1");
    CHECK(normalised_host("1.2.3.4.5", "") == "1.2.3.4.5");
    CHECK(normalised_host("3com", "") == "3com");
}

}  // namespace remuda::ssh_config
