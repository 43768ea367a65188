// SPDX-License-Identifier: MIT
#include "ssh/certificate.h"

#include "ssh/wire.h"

#include <string>

#include <doctest/doctest.h>

using namespace remuda::ssh;

namespace {

std::string certificate_of(std::uint32_t type) {
    return WireWriter()
        .string("ssh-ed25519-cert-v01@openssh.com")
        .string("nonce")
        .string("point")
        .u32(0)
        .u32(7)
        .u32(type)
        .string("id")
        .take();
}

}  // namespace

TEST_CASE("a certificate tells which key it is about") {
    const std::string blob = certificate_of(1);
    const auto certificate = parse_certificate(blob);
    REQUIRE(certificate);
    CHECK(certificate->blob == blob);
    CHECK(certificate->key_blob == WireWriter().string("ssh-ed25519").string("point").take());
}

TEST_CASE("what is no certificate of a user is none") {
    CHECK_FALSE(parse_certificate(certificate_of(2)));
    CHECK_FALSE(parse_certificate(""));
    CHECK_FALSE(parse_certificate(WireWriter().string("ssh-ed25519").string("point").take()));
    CHECK_FALSE(parse_certificate(WireWriter().string("x-cert-v01@openssh.com").take()));
    const std::string blob = certificate_of(1);
    // Up to its type, which is what is read.
    const std::size_t read = blob.size() - std::string("id").size() - 4;
    for (std::size_t length = 0; length < read; ++length)
        CHECK_FALSE(parse_certificate(blob.substr(0, length)));
}

TEST_CASE("certificates sign with the algorithm of their key") {
    CHECK(plain_algorithm("ssh-ed25519-cert-v01@openssh.com") == "ssh-ed25519");
    CHECK(plain_algorithm("rsa-sha2-512-cert-v01@openssh.com") == "rsa-sha2-512");
    CHECK(plain_algorithm("sk-ssh-ed25519-cert-v01@openssh.com") == "sk-ssh-ed25519@openssh.com");
    CHECK(plain_algorithm("ssh-ed25519") == "ssh-ed25519");
}
