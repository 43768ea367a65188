// SPDX-License-Identifier: MIT
#include "ssh/key_cipher.h"

#include "ssh/openssl_types.h"
#include "ssh/wire.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include <openssl/err.h>

// libssh2 has it for keys of its own, and does not declare it. OpenSSL has none.
// NOLINTNEXTLINE(readability-identifier-naming): its name.
extern "C" int _libssh2_bcrypt_pbkdf(const char* passphrase, std::size_t passphrase_length,
                                     const std::uint8_t* salt, std::size_t salt_length,
                                     std::uint8_t* key, std::size_t key_length,
                                     unsigned int rounds);

namespace remuda::ssh {

namespace {

constexpr std::size_t kBlockBytes = 16;
constexpr std::size_t kMostSaltBytes = 1024;
// ssh-keygen's usual is 16 (24 since OpenSSH 9.9); each takes about 5 ms.
constexpr std::uint32_t kMostRounds = 20'000;

struct Cipher {
    std::string_view name;
    const char* openssl_name;
    std::size_t key_bytes;
};
constexpr auto kCiphers = std::to_array<Cipher>({
    {"aes256-ctr", "AES-256-CTR", 32},
    {"aes192-ctr", "AES-192-CTR", 24},
    {"aes128-ctr", "AES-128-CTR", 16},
    {"aes256-cbc", "AES-256-CBC", 32},
    {"aes192-cbc", "AES-192-CBC", 24},
    {"aes128-cbc", "AES-128-CBC", 16},
});

Error unknown(std::string_view what) {
    std::string text = "is encrypted with ";
    std::ranges::copy_if(what.substr(0, 64), std::back_inserter(text),
                         [](char c) { return c > ' ' && c < '\x7f'; });
    return {Code::invalid_input, text + ", which only ssh-agent can use here"};
}

}  // namespace

Result<Secret> decrypt_key(std::string_view cipher, std::string_view kdf,
                           std::string_view kdf_options, std::string_view encrypted,
                           std::string_view passphrase) {
    const auto* const found = std::ranges::find(kCiphers, cipher, &Cipher::name);
    if (found == kCiphers.end()) return unknown(cipher);
    if (kdf != "bcrypt") return unknown(kdf);
    if (passphrase.empty()) return Error(Code::not_authorised, "needs a passphrase");
    WireReader options(kdf_options);
    const std::string_view salt = options.string();
    const std::uint32_t rounds = options.u32();
    if (!options.is_done() || salt.empty() || salt.size() > kMostSaltBytes || rounds == 0 ||
        rounds > kMostRounds || encrypted.size() % kBlockBytes != 0) {
        return Error(Code::invalid_input, "is a damaged OpenSSH private key");
    }
    // The key, and behind it the initialisation vector.
    std::string derived(found->key_bytes + kBlockBytes, '\0');
    const int failed = _libssh2_bcrypt_pbkdf(
        passphrase.data(), passphrase.size(), as_bytes(salt), salt.size(),
        reinterpret_cast<std::uint8_t*>(derived.data()), derived.size(), rounds);
    const Secret key(std::move(derived));
    const CipherContextPtr context(EVP_CIPHER_CTX_new());
    const CipherPtr algorithm(EVP_CIPHER_fetch(nullptr, found->openssl_name, nullptr));
    std::string plain(encrypted.size() + kBlockBytes, '\0');
    int length = 0;
    const bool done =
        failed == 0 && context && algorithm &&
        EVP_DecryptInit_ex2(context.get(), algorithm.get(), as_bytes(key.view()),
                            as_bytes(key.view().substr(found->key_bytes)), nullptr) == 1 &&
        // The padding is the container's.
        EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
        EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(plain.data()), &length,
                          as_bytes(encrypted), static_cast<int>(encrypted.size())) == 1;
    plain.resize(encrypted.size());
    Secret secret(std::move(plain));
    ERR_clear_error();
    if (!done || static_cast<std::size_t>(length) != encrypted.size()) {
        return Error(Code::system, "cannot be decrypted");
    }
    return secret;
}

}  // namespace remuda::ssh
