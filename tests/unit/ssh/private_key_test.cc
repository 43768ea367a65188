// SPDX-License-Identifier: MIT
#include "ssh/private_key.h"

#include "remuda/base/fd.h"
#include "ssh/key_text.h"
#include "ssh/signature.h"
#include "ssh/wire.h"
#include "support/temp_dir.h"

#include <array>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <sys/stat.h>

using namespace std::string_literals;
using remuda::Code;
using remuda::replace_file;
using remuda::ssh::base64_encoded;
using remuda::ssh::KeyPtr;
using remuda::ssh::parse_private_key;
using remuda::ssh::parse_public_half;
using remuda::ssh::PrivateKey;
using remuda::ssh::WireWriter;
using remuda::test::TempDir;

namespace {

std::string pem_of(const KeyPtr& key) {
    const remuda::ssh::BioPtr bio(BIO_new(BIO_s_mem()));
    REQUIRE(PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr));
    char* text = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

KeyPtr new_ed25519() {
    return KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

struct Container {
    std::string cipher = "none";
    std::string kdf = "none";
    std::uint32_t keys = 1;
    std::string type = "ssh-ed25519";
    std::string padding = "\x01\x02\x03";
    std::uint32_t second_check = 1;
    // Bytes that make the public half in the head another one.
    std::string head_suffix;

    [[nodiscard]] std::string text(const KeyPtr& key) const {
        std::array<unsigned char, 32> seed{};
        std::array<unsigned char, 32> point{};
        std::size_t length = seed.size();
        REQUIRE(EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &length) == 1);
        REQUIRE(EVP_PKEY_get_raw_public_key(key.get(), point.data(), &length) == 1);
        const std::string s(seed.begin(), seed.end());
        const std::string p(point.begin(), point.end());
        const std::string secrets = WireWriter()
                                        .u32(1)
                                        .u32(second_check)
                                        .string(type)
                                        .string(p)
                                        .string(s + p)
                                        .string("comment")
                                        .take() +
                                    padding;
        const std::string blob = WireWriter().string("ssh-ed25519").string(p).take() + head_suffix;
        const std::string body = "openssh-key-v1\0"s + WireWriter()
                                                           .string(cipher)
                                                           .string(kdf)
                                                           .string("")
                                                           .u32(keys)
                                                           .string(blob)
                                                           .string(secrets)
                                                           .take();
        return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64_encoded(body) +
               "\n-----END OPENSSH PRIVATE KEY-----\n";
    }
};

std::string complaint(const std::string& text) {
    const auto key = parse_private_key(text);
    REQUIRE_FALSE(key);
    return key.error().text();
}

}  // namespace

TEST_CASE("a container of OpenSSH and the same key in PEM are the same key") {
    const KeyPtr key = new_ed25519();
    const auto first = parse_private_key(Container().text(key));
    const auto second = parse_private_key(pem_of(key));
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->public_blob == second->public_blob);
    const auto signature = remuda::ssh::make_signature(first->key.get(), "ssh-ed25519", "data");
    REQUIRE(signature);
    CHECK(signature->size() == 64);
    CHECK(remuda::ssh::is_signature(second->key.get(), "ssh-ed25519", "data", *signature));
}

TEST_CASE("a damaged container is refused with its reason") {
    const KeyPtr key = new_ed25519();
    const auto changed = [&](auto change) {
        Container container;
        change(container);
        return complaint(container.text(key));
    };
    CHECK(changed([](Container& c) {
              c.cipher = "aes256-ctr";
              c.kdf = "bcrypt";
          }) == "needs a passphrase");
    CHECK(changed([](Container& c) { c.cipher = "rot13"; }) ==
          "is encrypted with rot13, which only ssh-agent can use here");
    CHECK(changed([](Container& c) { c.keys = 2; }) ==
          "holds 2 private keys: only a file with one can be used");
    CHECK(changed([](Container& c) { c.type = "sk-ssh-ed25519@openssh.com"; }) ==
          "has a key of the type 'sk-ssh-ed25519@openssh.com', which only ssh-agent can use here");
    CHECK(changed([](Container& c) { c.padding = "\x01\x03"; }) ==
          "is a damaged OpenSSH private key");
    CHECK(changed([](Container& c) { c.second_check = 2; }) == "is a damaged OpenSSH private key");
    CHECK(changed([](Container& c) { c.head_suffix = "x"; }) ==
          "is damaged: its public half does not belong to its private half");
}

TEST_CASE("a file with more than one key or with trailing data is refused") {
    const std::string pem = pem_of(new_ed25519());
    CHECK(complaint(pem + pem) ==
          "holds more than a private key: only a file with one key can be used");
    CHECK(complaint(Container().text(new_ed25519()) + pem) ==
          "holds more than a private key: only a file with one key can be used");
    CHECK(complaint(pem + "more") == "has trailing data behind the private key");
    CHECK(parse_private_key(pem + "\r\n \n"));
}

TEST_CASE("what is no private key is called by its name") {
    CHECK(complaint("") == "is not a private key");
    CHECK(complaint("hello") == "is not a private key");
    CHECK(complaint("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n") ==
          "is not a private key");
    CHECK(complaint("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n") ==
          "is cut short: its END line is missing");
    CHECK(complaint("PuTTY-User-Key-File-3: ssh-ed25519\n").starts_with("is a PuTTY key"));
    const std::string blob = WireWriter().string("ssh-ed25519").string("x").take();
    const std::string line = "ssh-ed25519 " + base64_encoded(blob) + " me@here\n";
    CHECK(complaint(line) == "is a public key: name the private one beside it");
    CHECK(parse_public_half(line) == blob);
    CHECK(parse_public_half("ssh-rsa " + base64_encoded(blob)).empty());
    CHECK(complaint(pem_of(KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519")))) ==
          "has a key of a type, curve or size that SSH cannot use");
}

TEST_CASE("a key signs only with algorithms of its own type") {
    const auto ec =
        parse_private_key(pem_of(KeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"))));
    REQUIRE(ec);
    CHECK(remuda::ssh::make_signature(ec->key.get(), "ecdsa-sha2-nistp384", "x"));
    for (const char* algorithm :
         {"ecdsa-sha2-nistp256", "ssh-ed25519", "rsa-sha2-512", "ssh-rsa", ""}) {
        CHECK_FALSE(remuda::ssh::make_signature(ec->key.get(), algorithm, "x"));
    }
}

TEST_CASE("a missing key, a folder and a file open to others are told apart") {
    const TempDir dir;
    CHECK(PrivateKey::load(dir.path("none")).error().code() == Code::not_found);
    CHECK(PrivateKey::load(dir.path()).error().code() == Code::invalid_input);
    const std::string path = dir.path("key");
    REQUIRE(replace_file(path, pem_of(new_ed25519()), 0640));
    const auto open_key = PrivateKey::load(path);
    REQUIRE_FALSE(open_key);
    CHECK(open_key.error().code() == Code::not_authorised);
    CHECK(open_key.error().text() == path + " can be read by others: chmod 600 " + path);
    REQUIRE(::chmod(path.c_str(), 0400) == 0);
    CHECK(PrivateKey::load(path));
}

TEST_CASE("the algorithm asked for is found in what libssh2 wants signed") {
    const auto request = [](std::string_view method, std::uint8_t has_signature) {
        return WireWriter()
            .string("session")
            .byte(50)
            .string("me")
            .string("ssh-connection")
            .string(method)
            .byte(has_signature)
            .string("rsa-sha2-512")
            .string("blob")
            .take();
    };
    const std::string good = request("publickey", 1);
    CHECK(remuda::ssh::signing_algorithm(good) == "rsa-sha2-512");
    CHECK(remuda::ssh::signing_algorithm(request("hostbased", 1)).empty());
    CHECK(remuda::ssh::signing_algorithm(request("publickey", 0)).empty());
    CHECK(remuda::ssh::signing_algorithm(good + "x").empty());
    CHECK(remuda::ssh::signing_algorithm(good.substr(0, good.size() - 1)).empty());
}
