// SPDX-License-Identifier: MIT
//
// PrivateKey on files made by ssh-keygen and openssl, in every type and format.
#include "ssh/private_key.h"

#include "remuda/base/fd.h"
#include "ssh/key_text.h"
#include "ssh/known_hosts.h"
#include "ssh/signature.h"
#include "support/program.h"
#include "support/sshd.h"
#include "support/temp_dir.h"

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <libssh2.h>
#include <openssl/pem.h>

#include <sys/stat.h>

using remuda::Code;
using remuda::load_file;
using remuda::replace_file;
using remuda::ssh::parse_private_key;
using remuda::ssh::parse_public_half;
using remuda::ssh::PrivateKey;
using remuda::test::run_program;
using remuda::test::TempDir;

namespace {

struct KeyKind {
    std::string type;
    std::string bits;
    // "" for ssh-keygen's own format, else its -m option.
    std::string format;
};

const std::vector<KeyKind> kKinds{
    {"ed25519", "256", ""}, {"ecdsa", "256", ""},      {"ecdsa", "384", ""},
    {"ecdsa", "521", ""},   {"rsa", "1024", ""},       {"rsa", "2048", ""},
    {"rsa", "2056", ""},    {"ecdsa", "256", "PEM"},   {"ecdsa", "521", "PEM"},
    {"rsa", "2048", "PEM"}, {"ecdsa", "384", "PKCS8"}, {"rsa", "2048", "PKCS8"},
};

std::string make_key(const TempDir& dir, const KeyKind& kind, const std::string& passphrase = "") {
    std::string path = dir.path(kind.type + kind.bits + kind.format + passphrase);
    std::vector<std::string> command{"ssh-keygen", "-q",       "-t", kind.type, "-b", kind.bits,
                                     "-N",         passphrase, "-C", "me",      "-f", path};
    if (!kind.format.empty()) {
        command.emplace_back("-m");
        command.push_back(kind.format);
    }
    const auto made = run_program(command);
    CAPTURE(made.errors);
    REQUIRE(made.exit_status == 0);
    return path;
}

std::vector<std::string> algorithms_of(const PrivateKey& key) {
    const std::string type = remuda::ssh::key_type(key.public_blob());
    if (type == "ssh-rsa") return {"rsa-sha2-512", "rsa-sha2-256"};
    return {type};
}

remuda::ssh::KeyPtr parse_public_pem(const std::string& pem) {
    const remuda::ssh::BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return remuda::ssh::KeyPtr(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
}

// The public key in ssh-keygen's file at `path`.
remuda::ssh::KeyPtr public_key_of(const std::string& path) {
    const std::string blob = parse_public_half(load_file(path).value());
    if (remuda::ssh::key_type(blob) == "ssh-ed25519") {
        // ssh-keygen cannot convert these.
        const std::string point = blob.substr(blob.size() - 32);
        return remuda::ssh::KeyPtr(EVP_PKEY_new_raw_public_key(
            EVP_PKEY_ED25519, nullptr, remuda::ssh::as_bytes(point), point.size()));
    }
    return parse_public_pem(run_program({"ssh-keygen", "-e", "-m", "PKCS8", "-f", path}).output);
}

void check_signatures(const PrivateKey& key, EVP_PKEY* public_key) {
    REQUIRE(public_key != nullptr);
    for (const std::string& algorithm : algorithms_of(key)) {
        CAPTURE(algorithm);
        // Numbers of an ecdsa signature differ in length: a few hit all forms.
        for (int i = 0; i < 20; ++i) {
            const std::string data = "data " + std::to_string(i);
            const auto signature = key.sign(algorithm, data);
            REQUIRE(signature);
            CHECK(remuda::ssh::is_signature(public_key, algorithm, data, *signature));
            CHECK_FALSE(remuda::ssh::is_signature(public_key, algorithm, "other", *signature));
        }
    }
    CHECK_FALSE(key.sign("ssh-rsa", "data"));
    CHECK_FALSE(key.sign("ssh-dss", "data"));
}

int sign_for_libssh2(LIBSSH2_SESSION* /*session*/, unsigned char** signature, size_t* length,
                     const unsigned char* data, size_t data_length, void** abstract) {
    const auto* const key = static_cast<const PrivateKey*>(*abstract);
    const std::string_view request(reinterpret_cast<const char*>(data), data_length);
    const auto made = key->sign(remuda::ssh::signing_algorithm(request), request);
    if (!made) return -1;
    // libssh2 frees it.
    *signature = static_cast<unsigned char*>(std::malloc(made->size()));
    std::memcpy(*signature, made->data(), made->size());
    *length = made->size();
    return 0;
}

}  // namespace

TEST_CASE("keys of every type and format load, show their public half and sign") {
    const TempDir dir;
    for (const KeyKind& kind : kKinds) {
        CAPTURE(kind.type);
        CAPTURE(kind.bits);
        CAPTURE(kind.format);
        const std::string path = make_key(dir, kind);
        const auto key = PrivateKey::load(path);
        REQUIRE(key);
        CHECK(key->path() == path);
        CHECK(key->public_blob() == parse_public_half(load_file(path + ".pub").value()));
        check_signatures(*key, public_key_of(path + ".pub").get());
    }
}

TEST_CASE("keys that openssl makes load too") {
    const TempDir dir;
    const std::string path = dir.path("key");
    const std::vector<std::vector<std::string>> commands{
        {"openssl", "genpkey", "-quiet", "-algorithm", "ed25519", "-out", path},
        {"openssl", "genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384",
         "-out", path},
        {"openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
         "-out", path},
        {"openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", path},
        {"openssl", "ecparam", "-name", "secp521r1", "-genkey", "-conv_form", "compressed", "-out",
         path},
    };
    for (const std::vector<std::string>& command : commands) {
        CAPTURE(command.back());
        std::vector<std::string> spoken = command;
        if (run_program({"openssl", "genpkey", "-help"}).errors.find("-quiet") ==
            std::string::npos) {
            std::erase(spoken, "-quiet");
        }
        REQUIRE(run_program(spoken).exit_status == 0);
        REQUIRE(::chmod(path.c_str(), 0600) == 0);
        const auto key = PrivateKey::load(path);
        CAPTURE((key ? std::string() : key.error().text()));
        REQUIRE(key);
        const auto pem = run_program({"openssl", "pkey", "-in", path, "-pubout"});
        check_signatures(*key, parse_public_pem(pem.output).get());
    }
}

TEST_CASE("keys that SSH cannot use are refused with a reason") {
    const TempDir dir;
    const std::string path = dir.path("key");
    for (const char* curve : {"secp256k1", "brainpoolP256r1"}) {
        REQUIRE(run_program({"openssl", "ecparam", "-name", curve, "-genkey", "-out", path})
                    .exit_status == 0);
        REQUIRE(::chmod(path.c_str(), 0600) == 0);
        const auto key = PrivateKey::load(path);
        REQUIRE_FALSE(key);
        CHECK(key.error().code() == Code::invalid_input);
        CHECK(key.error().text().find("SSH cannot use") != std::string::npos);
    }
}

TEST_CASE("an encrypted key asks for the agent, and still shows its public half") {
    const TempDir dir;
    for (const KeyKind& kind : std::vector<KeyKind>{
             {"ed25519", "256", ""}, {"rsa", "2048", "PEM"}, {"ecdsa", "256", "PKCS8"}}) {
        const std::string path = make_key(dir, kind, "secret");
        const auto key = PrivateKey::load(path);
        REQUIRE_FALSE(key);
        CHECK(key.error().code() == Code::not_authorised);
        std::string expected = path;
        expected += " needs a passphrase: add it to ssh-agent (ssh-add " + path + ")";
        CHECK(key.error().text() == expected);
        if (kind.format.empty()) {
            CHECK(parse_public_half(load_file(path).value()) ==
                  parse_public_half(load_file(path + ".pub").value()));
        }
    }
}

TEST_CASE("a locked key opens with its passphrase alone, whatever its format and cipher") {
    const TempDir dir;
    std::vector<std::string> paths;
    for (const KeyKind& kind : std::vector<KeyKind>{{"ed25519", "256", ""},
                                                    {"ecdsa", "521", ""},
                                                    {"rsa", "2048", ""},
                                                    {"rsa", "2048", "PEM"},
                                                    {"ecdsa", "256", "PKCS8"}}) {
        paths.push_back(make_key(dir, kind, "open sesame"));
    }
    for (const char* cipher : {"aes128-ctr", "aes192-ctr", "aes256-cbc", "aes128-gcm@openssh.com",
                               "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"}) {
        const std::string path = dir.path(cipher);
        const auto made = run_program({"ssh-keygen", "-q", "-t", "ed25519", "-Z", cipher, "-a", "4",
                                       "-N", "open sesame", "-f", path});
        REQUIRE(made.exit_status == 0);
        paths.push_back(path);
    }
    for (const std::string& path : paths) {
        CAPTURE(path);
        bool is_locked = false;
        CHECK_FALSE(PrivateKey::load(path, {}, &is_locked));
        CHECK(is_locked);
        is_locked = false;
        CHECK_FALSE(PrivateKey::load(path, "open sesam", &is_locked));
        CHECK(is_locked);
        is_locked = false;
        const auto key = PrivateKey::load(path, "open sesame", &is_locked);
        REQUIRE(key);
        CHECK_FALSE(is_locked);
        CHECK(key->public_blob() == parse_public_half(load_file(path + ".pub").value()));
        check_signatures(*key, public_key_of(path + ".pub").get());
    }
}

TEST_CASE("a cipher that is not known here is told of, and asks for no passphrase") {
    const TempDir dir;
    const std::string path = dir.path("key");
    const auto made = run_program(
        {"ssh-keygen", "-q", "-t", "ed25519", "-Z", "3des-cbc", "-N", "secret", "-f", path});
    REQUIRE(made.exit_status == 0);
    for (const char* passphrase : {"", "secret"}) {
        bool is_locked = false;
        const auto key = PrivateKey::load(path, passphrase, &is_locked);
        REQUIRE_FALSE(key);
        CHECK_FALSE(is_locked);
        CHECK(key.error().text() ==
              path + " is encrypted with 3des-cbc, which only ssh-agent can use here");
    }
}

TEST_CASE("no cut of a locked key file crashes") {
    const TempDir dir;
    for (const char* cipher :
         {"aes256-ctr", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"}) {
        const std::string path = dir.path(cipher);
        const auto made = run_program({"ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-Z", cipher,
                                       "-N", "secret", "-f", path});
        REQUIRE(made.exit_status == 0);
        const std::string text = load_file(path).value();
        CHECK(parse_private_key(text, "secret"));
        for (std::size_t length = 0; length + 1 < text.size(); ++length)
            CHECK_FALSE(parse_private_key(text.substr(0, length), "secret"));
    }
}

TEST_CASE("no cut of a key file is taken for a key, and none crashes") {
    const TempDir dir;
    for (const KeyKind& kind : std::vector<KeyKind>{{"ed25519", "256", ""},
                                                    {"ecdsa", "256", ""},
                                                    {"rsa", "1024", ""},
                                                    {"ecdsa", "256", "PEM"},
                                                    {"rsa", "1024", "PKCS8"}}) {
        const std::string text = load_file(make_key(dir, kind)).value();
        CHECK(parse_private_key(text));
        // The last byte is a line break, which may be missing.
        for (std::size_t length = 0; length + 1 < text.size(); ++length) {
            CAPTURE(length);
            CHECK_FALSE(parse_private_key(text.substr(0, length)));
        }
    }
}

TEST_CASE("no flipped bit of a key file crashes or changes the key unnoticed") {
    const TempDir dir;
    for (const KeyKind& kind : std::vector<KeyKind>{{"ed25519", "256", ""},
                                                    {"ecdsa", "256", ""},
                                                    {"rsa", "1024", ""},
                                                    {"ecdsa", "256", "PEM"},
                                                    {"rsa", "1024", "PEM"}}) {
        const std::string text = load_file(make_key(dir, kind)).value();
        const auto whole = parse_private_key(text);
        REQUIRE(whole);
        for (std::size_t at = 0; at < text.size(); ++at) {
            std::string damaged = text;
            damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 7)));
            const auto key = parse_private_key(damaged);
            // A comment may have changed; a key may not sign for another public half.
            if (!key || key->public_blob == whole->public_blob) continue;
            const std::string type = remuda::ssh::key_type(key->public_blob);
            const std::string algorithm = type == "ssh-rsa" ? "rsa-sha2-256" : type;
            const auto signature = remuda::ssh::make_signature(key->key.get(), algorithm, "x");
            REQUIRE(signature);
            CHECK(remuda::ssh::is_signature(key->key.get(), algorithm, "x", *signature));
        }
    }
}

TEST_CASE("sshd lets in a login that libssh2 makes with our signature") {
    remuda::test::require_sshd();
    const TempDir dir;
    std::string authorized;
    std::vector<std::string> paths;
    for (const KeyKind& kind : kKinds) {
        if (kind.bits == "1024") continue;  // sshd refuses such a small one
        paths.push_back(make_key(dir, kind));
        authorized += load_file(paths.back() + ".pub").value();
    }
    REQUIRE(replace_file(dir.path("authorized_keys"), authorized, 0600));
    remuda::test::SshdOptions options;
    options.config = "AuthorizedKeysFile " + dir.path("authorized_keys") + "\nStrictModes no\n";
    for (const std::string& path : paths) {
        CAPTURE(path);
        auto key = PrivateKey::load(path);
        REQUIRE(key);
        remuda::test::InetdSshd sshd(options);
        const remuda::Fd socket = sshd.take_socket();
        const std::unique_ptr<LIBSSH2_SESSION, decltype(&libssh2_session_free)> session(
            libssh2_session_init(), &libssh2_session_free);
        REQUIRE(libssh2_session_handshake(session.get(), socket.number()) == 0);
        void* abstract = &*key;
        const std::string& blob = key->public_blob();
        CHECK(libssh2_userauth_publickey(session.get(), remuda::test::current_user().c_str(),
                                         reinterpret_cast<const unsigned char*>(blob.data()),
                                         blob.size(), &sign_for_libssh2, &abstract) == 0);
    }
}
