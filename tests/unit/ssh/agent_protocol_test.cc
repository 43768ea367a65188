// SPDX-License-Identifier: MIT
#include "ssh/agent_protocol.h"

#include "ssh/wire.h"

#include <doctest/doctest.h>

using namespace std::string_literals;
using remuda::Code;
using remuda::ssh::agent_reply_length;
using remuda::ssh::agent_sign_request;
using remuda::ssh::callback_signature;
using remuda::ssh::parse_agent_identities;
using remuda::ssh::parse_agent_signature;
using remuda::ssh::WireReader;
using remuda::ssh::WireWriter;

namespace {

std::string blob_of(const std::string& type) {
    return WireWriter().string(type).take();
}

std::string signature_of(const std::string& algorithm) {
    return WireWriter().string(algorithm).string("signature").take();
}

std::string reply_of(const std::string& signature) {
    return WireWriter().byte(14).string(signature).take();
}

}  // namespace

TEST_CASE("a request to sign carries the key, the data and the flag of its algorithm") {
    const std::vector<std::pair<std::string, std::uint32_t>> flags{
        {"rsa-sha2-512", 4},
        {"rsa-sha2-256", 2},
        {"rsa-sha2-512-cert-v01@openssh.com", 4},
        {"ssh-ed25519", 0},
    };
    for (const auto& [algorithm, flag] : flags) {
        const std::string request = agent_sign_request("blob", algorithm, "data");
        WireReader outer(request);
        WireReader reader(outer.string());
        CHECK(outer.is_done());
        CHECK(reader.byte() == 13);
        CHECK(reader.string() == "blob");
        CHECK(reader.string() == "data");
        CHECK(reader.u32() == flag);
        CHECK(reader.is_done());
    }
    CHECK(remuda::ssh::agent_identities_request() == "\0\0\0\x01\x0b"s);
}

TEST_CASE("only lengths within the bound are read") {
    CHECK(agent_reply_length("\0\0\0\x05"s).value() == 5);
    CHECK(agent_reply_length("\0\x04\0\0"s).value() == 256 * 1024);
    CHECK(agent_reply_length("\0\0\0\0"s).error().code() == Code::protocol);
    CHECK(agent_reply_length("\0\x04\0\x01"s).error().code() == Code::protocol);
    CHECK(agent_reply_length("\xff\xff\xff\xff"s).error().code() == Code::protocol);
}

TEST_CASE("a list of keys is read, and keys of no type are left out") {
    const std::string reply = WireWriter()
                                  .byte(12)
                                  .u32(2)
                                  .string(blob_of("ssh-ed25519"))
                                  .string("me")
                                  .string("junk")
                                  .string("x")
                                  .take();
    const auto identities = parse_agent_identities(reply);
    REQUIRE(identities);
    REQUIRE(identities->size() == 1);
    CHECK(identities->front().public_blob == blob_of("ssh-ed25519"));
    CHECK(identities->front().comment == "me");
    for (std::size_t length = 0; length < reply.size(); ++length) {
        CHECK(parse_agent_identities(reply.substr(0, length)).error().code() == Code::protocol);
    }
    CHECK_FALSE(parse_agent_identities(reply + "x"));
    CHECK_FALSE(parse_agent_identities(WireWriter().byte(12).u32(0xffffffff).take()));
    CHECK(parse_agent_identities("\x05"s).error().code() == Code::not_authorised);
}

TEST_CASE("a signature is taken only if it is of the algorithm asked for") {
    const std::string rsa = signature_of("rsa-sha2-512");
    CHECK(parse_agent_signature(reply_of(rsa), "rsa-sha2-512").value() == rsa);
    CHECK(parse_agent_signature(reply_of(rsa), "rsa-sha2-512-cert-v01@openssh.com"));
    const auto old = parse_agent_signature(reply_of(signature_of("ssh-rsa")), "rsa-sha2-512");
    REQUIRE_FALSE(old);
    CHECK(old.error().code() == Code::not_authorised);
    CHECK(old.error().text() == "ssh-agent signs with ssh-rsa where rsa-sha2-512 is needed");
    for (const std::string& refusal : {"\x05"s, "\x1e"s, "\x66"s}) {
        CHECK(parse_agent_signature(refusal, "rsa-sha2-512").error().code() ==
              Code::not_authorised);
    }
    const std::string reply = reply_of(rsa);
    for (std::size_t length = 0; length < reply.size(); ++length) {
        CHECK(parse_agent_signature(reply.substr(0, length), "rsa-sha2-512").error().code() ==
              Code::protocol);
    }
}

TEST_CASE("libssh2 gets a signature without its algorithm, and that of a security key whole") {
    CHECK(callback_signature(signature_of("ssh-ed25519")) == "signature");
    const std::string counted =
        WireWriter().string("sk-ssh-ed25519@openssh.com").string("signature").byte(1).u32(7).take();
    CHECK(callback_signature(counted) == WireWriter().string("signature").byte(1).u32(7).take());
    CHECK(callback_signature("").empty());
}
