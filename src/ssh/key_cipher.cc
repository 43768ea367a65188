// SPDX-License-Identifier: MIT
#include "ssh/key_cipher.h"

#include "ssh/openssl_types.h"
#include "ssh/wire.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/err.h>

// libssh2 has it for keys of its own, and does not declare it. OpenSSL has none.
// NOLINTNEXTLINE(readability-identifier-naming): its name.
extern "C" int _libssh2_bcrypt_pbkdf(const char* passphrase, std::size_t passphrase_length,
                                     const std::uint8_t* salt, std::size_t salt_length,
                                     std::uint8_t* key, std::size_t key_length,
                                     unsigned int rounds);

namespace remuda::ssh {

namespace {

constexpr std::size_t kMostSaltBytes = 1024;
// ssh-keygen's usual is 16 (24 since OpenSSH 9.9); each takes about 5 ms.
constexpr std::uint32_t kMostRounds = 20'000;

enum class Kind { plain, gcm, chacha };

struct Cipher {
    std::string_view name;
    const char* openssl_name;
    Kind kind;
    std::size_t key_bytes;
    std::size_t vector_bytes;
    std::size_t block_bytes;
    std::size_t tag_bytes;
};
constexpr auto kCiphers = std::to_array<Cipher>({
    {"aes256-ctr", "AES-256-CTR", Kind::plain, 32, 16, 16, 0},
    {"aes192-ctr", "AES-192-CTR", Kind::plain, 24, 16, 16, 0},
    {"aes128-ctr", "AES-128-CTR", Kind::plain, 16, 16, 16, 0},
    {"aes256-cbc", "AES-256-CBC", Kind::plain, 32, 16, 16, 0},
    {"aes192-cbc", "AES-192-CBC", Kind::plain, 24, 16, 16, 0},
    {"aes128-cbc", "AES-128-CBC", Kind::plain, 16, 16, 16, 0},
    {"aes256-gcm@openssh.com", "AES-256-GCM", Kind::gcm, 32, 12, 16, 16},
    {"aes128-gcm@openssh.com", "AES-128-GCM", Kind::gcm, 16, 12, 16, 16},
    // Of its two keys the second is for the lengths of packets, of which there are none.
    {"chacha20-poly1305@openssh.com", "ChaCha20", Kind::chacha, 64, 0, 8, 16},
});
constexpr std::size_t kChachaKeyBytes = 32;
constexpr std::size_t kLongestBlock = 16;

Error unknown(std::string_view what) {
    std::string text = "is encrypted with ";
    std::ranges::copy_if(what.substr(0, 64), std::back_inserter(text),
                         [](char c) { return c > ' ' && c < '\x7f'; });
    return {Code::invalid_input, text + ", which only ssh-agent can use here"};
}

// Nothing if OpenSSL cannot, or if the tag is not that of `encrypted`.
std::optional<Secret> decrypted(const char* algorithm_name, std::string_view key,
                                std::string_view vector, std::string_view encrypted,
                                std::string_view tag) {
    const CipherContextPtr context(EVP_CIPHER_CTX_new());
    const CipherPtr algorithm(EVP_CIPHER_fetch(nullptr, algorithm_name, nullptr));
    std::string plain(encrypted.size() + kLongestBlock, '\0');
    auto* const to = reinterpret_cast<unsigned char*>(plain.data());
    // OpenSSL wants to be able to write to it.
    std::string expected(tag);
    int length = 0;
    int rest = 0;
    const bool is_done = context && algorithm &&
                         EVP_DecryptInit_ex2(context.get(), algorithm.get(), as_bytes(key),
                                             as_bytes(vector), nullptr) == 1 &&
                         // The padding is the container's.
                         EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
                         EVP_DecryptUpdate(context.get(), to, &length, as_bytes(encrypted),
                                           static_cast<int>(encrypted.size())) == 1 &&
                         (tag.empty() || EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG,
                                                             static_cast<int>(expected.size()),
                                                             expected.data()) == 1) &&
                         EVP_DecryptFinal_ex(context.get(), to + length, &rest) == 1;
    plain.resize(encrypted.size());
    Secret secret(std::move(plain));
    if (!is_done || static_cast<std::size_t>(length) != encrypted.size()) return std::nullopt;
    return secret;
}

// As for the first packet of a connection (PROTOCOL.chacha20poly1305): the first block of the
// stream has the key of the tag, what follows decrypts.
std::optional<Secret> chacha_decrypted(const char* name, std::string_view key,
                                       std::string_view encrypted, std::string_view tag) {
    key = key.substr(0, kChachaKeyBytes);
    // Counter and nonce, each of 8 bytes.
    std::string vector(16, '\0');
    const std::string zeros(kChachaKeyBytes, '\0');
    const auto tag_key = decrypted(name, key, vector, zeros, {});
    const MacPtr algorithm(EVP_MAC_fetch(nullptr, "POLY1305", nullptr));
    const MacContextPtr context(algorithm ? EVP_MAC_CTX_new(algorithm.get()) : nullptr);
    std::array<unsigned char, 16> made{};
    std::size_t length = 0;
    const bool is_right =
        tag_key && context &&
        EVP_MAC_init(context.get(), as_bytes(tag_key->view()), kChachaKeyBytes, nullptr) == 1 &&
        EVP_MAC_update(context.get(), as_bytes(encrypted), encrypted.size()) == 1 &&
        EVP_MAC_final(context.get(), made.data(), &length, made.size()) == 1 &&
        tag.size() == length && CRYPTO_memcmp(made.data(), tag.data(), length) == 0;
    if (!is_right) return std::nullopt;
    vector.front() = 1;
    return decrypted(name, key, vector, encrypted, {});
}

}  // namespace

Result<Secret> decrypt_key(std::string_view cipher, std::string_view kdf,
                           std::string_view kdf_options, std::string_view encrypted,
                           std::string_view tag, std::string_view passphrase) {
    const auto* const found = std::ranges::find(kCiphers, cipher, &Cipher::name);
    if (found == kCiphers.end()) return unknown(cipher);
    if (kdf != "bcrypt") return unknown(kdf);
    if (passphrase.empty()) return Error(Code::not_authorised, "needs a passphrase");
    WireReader options(kdf_options);
    const std::string_view salt = options.string();
    const std::uint32_t rounds = options.u32();
    if (!options.is_done() || salt.empty() || salt.size() > kMostSaltBytes || rounds == 0 ||
        rounds > kMostRounds || encrypted.size() % found->block_bytes != 0 ||
        tag.size() < found->tag_bytes) {
        return Error(Code::invalid_input, "is a damaged OpenSSH private key");
    }
    tag = tag.substr(0, found->tag_bytes);
    // The key, and behind it the initialisation vector.
    std::string derived(found->key_bytes + found->vector_bytes, '\0');
    const int failed = _libssh2_bcrypt_pbkdf(
        passphrase.data(), passphrase.size(), as_bytes(salt), salt.size(),
        reinterpret_cast<std::uint8_t*>(derived.data()), derived.size(), rounds);
    const Secret both(std::move(derived));
    const std::string_view key = both.view().substr(0, found->key_bytes);
    const std::string_view vector = both.view().substr(found->key_bytes);
    std::optional<Secret> secret;
    if (failed == 0 && found->kind == Kind::chacha) {
        secret = chacha_decrypted(found->openssl_name, key, encrypted, tag);
    } else if (failed == 0) {
        secret = decrypted(found->openssl_name, key, vector, encrypted, tag);
    }
    ERR_clear_error();
    if (secret) return std::move(*secret);
    if (found->tag_bytes > 0) return Error(Code::not_authorised, "has another passphrase");
    return Error(Code::system, "cannot be decrypted");
}

}  // namespace remuda::ssh
