// SPDX-License-Identifier: MIT
#include "ssh/signature.h"

#include "ssh/openssl_types.h"
#include "ssh/wire.h"

#include <array>

#include <openssl/ec.h>
#include <openssl/err.h>

namespace remuda::ssh {

namespace {

struct Algorithm {
    std::string_view name;
    const char* key_type;
    // Bits that tell curves apart; 0 for any size.
    int key_bits;
    // nullptr where the algorithm hashes by itself.
    const char* digest;
};
constexpr std::array<Algorithm, 6> kAlgorithms{{
    {"ssh-ed25519", "ED25519", 0, nullptr},
    {"ecdsa-sha2-nistp256", "EC", 256, "SHA256"},
    {"ecdsa-sha2-nistp384", "EC", 384, "SHA384"},
    {"ecdsa-sha2-nistp521", "EC", 521, "SHA512"},
    {"rsa-sha2-512", "RSA", 0, "SHA512"},
    {"rsa-sha2-256", "RSA", 0, "SHA256"},
}};

const Algorithm* find_algorithm(const EVP_PKEY* key, std::string_view name) {
    for (const Algorithm& algorithm : kAlgorithms) {
        if (algorithm.name != name) continue;
        const bool fits = EVP_PKEY_is_a(key, algorithm.key_type) == 1 &&
                          (algorithm.key_bits == 0 || EVP_PKEY_get_bits(key) == algorithm.key_bits);
        return fits ? &algorithm : nullptr;
    }
    return nullptr;
}

// DER to "mpint r, mpint s".
std::string ecdsa_to_wire(std::string_view der) {
    const unsigned char* bytes = as_bytes(der);
    const EcdsaSignaturePtr decoded(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));
    if (!decoded) return {};
    WireWriter writer;
    for (const BIGNUM* number :
         {ECDSA_SIG_get0_r(decoded.get()), ECDSA_SIG_get0_s(decoded.get())}) {
        std::string magnitude(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
        BN_bn2bin(number, reinterpret_cast<unsigned char*>(magnitude.data()));
        writer.mpint(magnitude);
    }
    return writer.take();
}

std::string ecdsa_to_der(std::string_view wire) {
    WireReader reader(wire);
    const std::string_view r = reader.mpint();
    const std::string_view s = reader.mpint();
    const EcdsaSignaturePtr signature(ECDSA_SIG_new());
    BigNumberPtr first(BN_bin2bn(as_bytes(r), static_cast<int>(r.size()), nullptr));
    BigNumberPtr second(BN_bin2bn(as_bytes(s), static_cast<int>(s.size()), nullptr));
    if (!reader.is_done() || !signature || !first || !second ||
        ECDSA_SIG_set0(signature.get(), first.get(), second.get()) != 1) {
        return {};
    }
    // The signature owns both now.
    // NOLINTBEGIN(bugprone-unused-return-value)
    (void)first.release();
    (void)second.release();
    // NOLINTEND(bugprone-unused-return-value)
    unsigned char* bytes = nullptr;
    const int length = i2d_ECDSA_SIG(signature.get(), &bytes);
    if (length <= 0) return {};
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
    OPENSSL_free(bytes);
    return der;
}

}  // namespace

Result<std::string> make_signature(EVP_PKEY* key, std::string_view algorithm,
                                   std::string_view data) {
    const Algorithm* const found = find_algorithm(key, algorithm);
    if (found == nullptr) {
        return Error(Code::invalid_input, "the key cannot sign with " + std::string(algorithm));
    }
    const DigestContextPtr context(EVP_MD_CTX_new());
    std::size_t length = 0;
    std::string signature;
    bool done = context &&
                EVP_DigestSignInit_ex(context.get(), nullptr, found->digest, nullptr, nullptr, key,
                                      nullptr) == 1 &&
                EVP_DigestSign(context.get(), nullptr, &length, as_bytes(data), data.size()) == 1;
    if (done) {
        signature.resize(length);
        done = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                              &length, as_bytes(data), data.size()) == 1;
        signature.resize(done ? length : 0);
    }
    if (done && found->key_bits != 0) {
        signature = ecdsa_to_wire(signature);
        done = !signature.empty();
    }
    ERR_clear_error();
    if (!done) return Error(Code::system, "cannot sign with " + std::string(algorithm));
    return signature;
}

bool is_signature(EVP_PKEY* key, std::string_view algorithm, std::string_view data,
                  std::string_view signature) {
    const Algorithm* const found = find_algorithm(key, algorithm);
    if (found == nullptr) return false;
    const std::string raw = found->key_bits != 0 ? ecdsa_to_der(signature) : std::string(signature);
    const DigestContextPtr context(EVP_MD_CTX_new());
    const bool valid = context &&
                       EVP_DigestVerifyInit_ex(context.get(), nullptr, found->digest, nullptr,
                                               nullptr, key, nullptr) == 1 &&
                       EVP_DigestVerify(context.get(), as_bytes(raw), raw.size(), as_bytes(data),
                                        data.size()) == 1;
    ERR_clear_error();
    return valid;
}

}  // namespace remuda::ssh
