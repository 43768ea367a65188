// SPDX-License-Identifier: MIT
#include "ssh/key_text.h"

#include "remuda/base/secret.h"
#include "ssh/known_hosts.h"
#include "ssh/openssh_key.h"
#include "ssh/signature.h"
#include "ssh/wire.h"

#include <algorithm>
#include <array>
#include <vector>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

namespace remuda::ssh {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kOpenssh = "OPENSSH PRIVATE KEY";
constexpr int kFewestRsaBits = 1024;
constexpr int kMostRsaBits = 16384;

Error unusable(const std::string& text) {
    return {Code::invalid_input, text};
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

struct Block {
    std::string_view label;
    std::string_view body;
    // What stands behind the block.
    std::string_view rest;
};

// The next "-----BEGIN label-----" ... "-----END label-----" of `text`.
Result<Block> next_block(std::string_view text) {
    Block block;
    std::size_t begin = text.find(kBegin);
    while (begin != std::string_view::npos && begin != 0 && text[begin - 1] != '\n') {
        begin = text.find(kBegin, begin + 1);
    }
    if (begin == std::string_view::npos) return unusable("is not a private key");
    text.remove_prefix(begin + kBegin.size());
    const std::size_t label_end = text.find(kDashes);
    if (label_end == std::string_view::npos || label_end > 64) {
        return unusable("is not a private key");
    }
    block.label = text.substr(0, label_end);
    text.remove_prefix(label_end + kDashes.size());
    const std::string end = "-----END " + std::string(block.label) + "-----";
    const std::size_t body_end = text.find(end);
    if (body_end == std::string_view::npos)
        return unusable("is cut short: its END line is missing");
    block.body = text.substr(0, body_end);
    block.rest = text.substr(body_end + end.size());
    return block;
}

// The one block with a private key. `openssl ecparam -genkey` puts the curve's parameters before
// it.
Result<Block> find_private_key(std::string_view text) {
    auto block = next_block(text);
    if (block && block->label == "EC PARAMETERS") block = next_block(block->rest);
    if (!block) return block;
    if (!block->label.ends_with("PRIVATE KEY")) return unusable("is not a private key");
    if (block->rest.find(kBegin) != std::string_view::npos) {
        return unusable("holds more than a private key: only a file with one key can be used");
    }
    if (!is_blank(block->rest)) return unusable("has trailing data behind the private key");
    return block;
}

int give_passphrase(char* buffer, int size, int /*writing*/, void* context) {
    const std::string_view passphrase = *static_cast<const std::string_view*>(context);
    if (passphrase.empty() || passphrase.size() > static_cast<std::size_t>(size)) return -1;
    std::ranges::copy(passphrase, buffer);
    return static_cast<int>(passphrase.size());
}

KeyPtr parse_pem(std::string_view text, std::string_view passphrase) {
    const BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio) return nullptr;
    return KeyPtr(PEM_read_bio_PrivateKey_ex(bio.get(), nullptr, &give_passphrase, &passphrase,
                                             nullptr, nullptr));
}

// A number of `key`, big-endian, at least `width` bytes.
std::string number_of(const EVP_PKEY* key, const char* name, std::size_t width) {
    BIGNUM* raw = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return {};
    const BigNumberPtr number(raw);
    const auto size = static_cast<std::size_t>(BN_num_bytes(number.get()));
    std::string bytes(std::max(size, width), '\0');
    if (BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                     static_cast<int>(bytes.size())) < 0) {
        return {};
    }
    return bytes;
}

std::string ecdsa_blob(const EVP_PKEY* key) {
    std::array<char, 64> group{};
    std::size_t length = 0;
    if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) != 1) return {};
    const std::string_view name(group.data(), length);
    std::string curve;
    std::size_t width = 0;
    if (name == "prime256v1" || name == "P-256") {
        curve = "nistp256";
        width = 32;
    } else if (name == "secp384r1" || name == "P-384") {
        curve = "nistp384";
        width = 48;
    } else if (name == "secp521r1" || name == "P-521") {
        curve = "nistp521";
        width = 66;
    } else {
        return {};
    }
    // From its coordinates: the key may carry the point compressed, SSH never does.
    const std::string x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, width);
    const std::string y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, width);
    if (x.empty() || y.empty()) return {};
    return WireWriter().string("ecdsa-sha2-" + curve).string(curve).string("\x04" + x + y).take();
}

std::string rsa_blob(const EVP_PKEY* key) {
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < kFewestRsaBits || bits > kMostRsaBits) return {};
    const std::string n = number_of(key, OSSL_PKEY_PARAM_RSA_N, 1);
    const std::string e = number_of(key, OSSL_PKEY_PARAM_RSA_E, 1);
    if (n.empty() || e.empty()) return {};
    return WireWriter().string("ssh-rsa").mpint(e).mpint(n).take();
}

std::string ed25519_blob(const EVP_PKEY* key) {
    std::array<char, 32> point{};
    std::size_t length = point.size();
    if (EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(point.data()), &length) !=
        1) {
        return {};
    }
    return WireWriter().string("ssh-ed25519").string({point.data(), length}).take();
}

// The public half as SSH sends it, or "" for a type, curve or size that SSH does not know.
std::string public_blob_of(const EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "ED25519") == 1) return ed25519_blob(key);
    if (EVP_PKEY_is_a(key, "EC") == 1) return ecdsa_blob(key);
    if (EVP_PKEY_is_a(key, "RSA") == 1) return rsa_blob(key);
    return {};
}

Result<DecodedKey> decode(std::string_view text, std::string_view passphrase) {
    if (text.starts_with("PuTTY-User-Key-File-")) {
        return unusable("is a PuTTY key: convert it (puttygen <file> -O private-openssh -o <new>)");
    }
    if (!parse_public_half(text).empty() && text.find(kBegin) == std::string_view::npos) {
        return unusable("is a public key: name the private one beside it");
    }
    const auto block = find_private_key(text);
    if (!block) return block.error();
    DecodedKey decoded;
    if (block->label == kOpenssh) {
        auto body = base64_decoded(block->body);
        if (!body) return unusable("is a damaged OpenSSH private key");
        const Secret secret(std::move(*body));
        auto parsed = parse_openssh_key(secret.view(), passphrase);
        if (!parsed) return parsed.error();
        decoded.key = std::move(parsed->key);
        decoded.public_blob = public_blob_of(decoded.key.get());
        if (decoded.public_blob != parsed->public_blob) {
            return unusable("is damaged: its public half does not belong to its private half");
        }
        return decoded;
    }
    const bool is_encrypted = block->label == "ENCRYPTED PRIVATE KEY" ||
                              block->body.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
    if (is_encrypted && passphrase.empty()) {
        return Error(Code::not_authorised, "needs a passphrase");
    }
    decoded.key = parse_pem(text, passphrase);
    // Damage looks the same.
    if (!decoded.key && is_encrypted) return Error(Code::not_authorised, "has another passphrase");
    if (!decoded.key) return unusable("is a damaged private key");
    decoded.public_blob = public_blob_of(decoded.key.get());
    if (decoded.public_blob.empty()) {
        return unusable("has a key of a type, curve or size that SSH cannot use");
    }
    return decoded;
}

// Damaged numbers may still decode. A signature made with half wrong ones gives the key away, so
// the first is verified here.
bool is_consistent(const DecodedKey& decoded) {
    const std::string type = key_type(decoded.public_blob);
    const std::string algorithm = type == "ssh-rsa" ? "rsa-sha2-512" : type;
    const std::string_view text = "tried out";
    const auto signature = make_signature(decoded.key.get(), algorithm, text);
    return signature && is_signature(decoded.key.get(), algorithm, text, *signature);
}

}  // namespace

Result<DecodedKey> parse_private_key(std::string_view text, std::string_view passphrase) {
    auto decoded = decode(text, passphrase);
    if (decoded && !is_consistent(*decoded)) {
        decoded = unusable("is damaged: its public half does not belong to its private half");
    }
    // What went wrong inside has been told; the queue is shared with libssh2.
    ERR_clear_error();
    return decoded;
}

std::string parse_public_half(std::string_view text) {
    if (text.find(kBegin) == std::string_view::npos) {
        const std::string_view line = text.substr(0, text.find('\n'));
        const std::size_t space = line.find(' ');
        if (space == std::string_view::npos) return {};
        const std::string_view rest = line.substr(space + 1);
        auto blob = base64_decoded(rest.substr(0, rest.find_first_of(" \t\r")));
        return blob && key_type(*blob) == line.substr(0, space) ? *blob : std::string();
    }
    const auto block = next_block(text);
    if (!block || block->label != kOpenssh) return {};
    auto body = base64_decoded(block->body);
    if (!body) return {};
    const Secret secret(std::move(*body));
    return openssh_public_half(secret.view());
}

}  // namespace remuda::ssh
