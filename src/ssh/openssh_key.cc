// SPDX-License-Identifier: MIT
#include "ssh/openssh_key.h"

#include "remuda/base/secret.h"
#include "ssh/key_cipher.h"
#include "ssh/known_hosts.h"
#include "ssh/wire.h"

#include <array>

#include <openssl/core_names.h>

namespace remuda::ssh {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMagic = "openssh-key-v1\0"sv;
constexpr std::size_t kEd25519Bytes = 32;
// Bounds on what is handed to OpenSSL: a number's size decides how long it computes.
constexpr std::size_t kMostModulusBytes = 16384 / 8;

struct Curve {
    std::string_view type;
    std::string_view ssh_name;
    const char* group;
};
constexpr std::array<Curve, 3> kCurves{{
    {"ecdsa-sha2-nistp256", "nistp256", "prime256v1"},
    {"ecdsa-sha2-nistp384", "nistp384", "secp384r1"},
    {"ecdsa-sha2-nistp521", "nistp521", "secp521r1"},
}};

struct Head {
    std::string_view cipher;
    std::string_view kdf;
    std::string_view kdf_options;
    std::string_view public_blob;
    std::string_view secrets;
    // Behind the secrets, where the cipher proves that they are whole.
    std::string_view tag;
    std::uint32_t keys = 0;
};

Error damaged() {
    return {Code::invalid_input, "is a damaged OpenSSH private key"};
}

Result<Head> parse_head(std::string_view body) {
    if (!body.starts_with(kMagic)) return damaged();
    WireReader reader(body.substr(kMagic.size()));
    Head head;
    head.cipher = reader.string();
    head.kdf = reader.string();
    head.kdf_options = reader.string();
    head.keys = reader.u32();
    if (reader.ok() && head.keys != 1) {
        return Error(Code::invalid_input, "holds " + std::to_string(head.keys) +
                                              " private keys: only a file with one can be used");
    }
    head.public_blob = reader.string();
    head.secrets = reader.string();
    if (!reader.ok()) return damaged();
    head.tag = reader.rest();
    return head.tag.empty() || head.cipher != "none" ? Result<Head>(head) : damaged();
}

BigNumberPtr big_number(std::string_view magnitude) {
    BigNumberPtr number(
        BN_bin2bn(as_bytes(magnitude), static_cast<int>(magnitude.size()), nullptr));
    if (number) BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    return number;
}

KeyPtr key_from(const char* type, OSSL_PARAM_BLD* builder) {
    const ParametersPtr parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) != 1) {
        return nullptr;
    }
    return KeyPtr(key);
}

KeyPtr read_ed25519(WireReader& reader) {
    const std::string_view half = reader.string();
    const std::string_view both = reader.string();
    if (half.size() != kEd25519Bytes || both.size() != 2 * kEd25519Bytes ||
        both.substr(kEd25519Bytes) != half) {
        return nullptr;
    }
    return KeyPtr(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, as_bytes(both),
                                                  kEd25519Bytes));
}

KeyPtr read_ecdsa(WireReader& reader, const Curve& curve) {
    const std::string_view name = reader.string();
    const std::string_view point = reader.string();
    const std::string_view scalar = reader.mpint();
    if (!reader.ok() || name != curve.ssh_name || point.empty() || scalar.size() > point.size()) {
        return nullptr;
    }
    const BigNumberPtr secret = big_number(scalar);
    const ParameterBuilderPtr builder(OSSL_PARAM_BLD_new());
    if (!secret || !builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group,
                                        0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()) != 1) {
        return nullptr;
    }
    return key_from("EC", builder.get());
}

// `exponent` mod (`prime` - 1), which the container leaves out.
BigNumberPtr reduced(const BIGNUM* exponent, const BIGNUM* prime, BN_CTX* context) {
    const BigNumberPtr less(BN_dup(prime));
    BigNumberPtr result(BN_new());
    if (!less || !result || BN_sub_word(less.get(), 1) != 1) return nullptr;
    BN_set_flags(less.get(), BN_FLG_CONSTTIME);
    if (BN_mod(result.get(), exponent, less.get(), context) != 1) return nullptr;
    BN_set_flags(result.get(), BN_FLG_CONSTTIME);
    return result;
}

KeyPtr read_rsa(WireReader& reader) {
    const std::string_view modulus = reader.mpint();
    const std::string_view public_exponent = reader.mpint();
    const std::string_view secret_exponent = reader.mpint();
    const std::string_view inverse = reader.mpint();
    const std::string_view first = reader.mpint();
    const std::string_view second = reader.mpint();
    if (!reader.ok() || modulus.size() > kMostModulusBytes || public_exponent.size() > 8 ||
        secret_exponent.size() > modulus.size() || inverse.size() > modulus.size() ||
        first.size() > modulus.size() || second.size() > modulus.size()) {
        return nullptr;
    }
    const BigNumberContextPtr context(BN_CTX_secure_new());
    const BigNumberPtr n = big_number(modulus);
    const BigNumberPtr e = big_number(public_exponent);
    const BigNumberPtr d = big_number(secret_exponent);
    const BigNumberPtr p = big_number(first);
    const BigNumberPtr q = big_number(second);
    const BigNumberPtr iqmp = big_number(inverse);
    if (!context || !n || !e || !d || !p || !q || !iqmp) return nullptr;
    if (BN_num_bits(p.get()) < 2 || BN_num_bits(q.get()) < 2) return nullptr;
    const BigNumberPtr dmp1 = reduced(d.get(), p.get(), context.get());
    const BigNumberPtr dmq1 = reduced(d.get(), q.get(), context.get());
    const ParameterBuilderPtr builder(OSSL_PARAM_BLD_new());
    if (!dmp1 || !dmq1 || !builder) return nullptr;
    const std::array<std::pair<const char*, const BIGNUM*>, 8> parts{{
        {OSSL_PKEY_PARAM_RSA_N, n.get()},
        {OSSL_PKEY_PARAM_RSA_E, e.get()},
        {OSSL_PKEY_PARAM_RSA_D, d.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT1, dmp1.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT2, dmq1.get()},
        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, iqmp.get()},
    }};
    for (const auto& [name, number] : parts) {
        if (OSSL_PARAM_BLD_push_BN(builder.get(), name, number) != 1) return nullptr;
    }
    return key_from("RSA", builder.get());
}

// After the comment come 1, 2, 3 ... up to the cipher's block size, which is 8 without a cipher.
bool is_padding(std::string_view bytes, std::size_t block) {
    if (bytes.size() >= block) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (static_cast<std::size_t>(bytes[i]) != i + 1) return false;
    }
    return true;
}

}  // namespace

Result<OpensshKey> parse_openssh_key(std::string_view body, std::string_view passphrase) {
    const auto head = parse_head(body);
    if (!head) return head.error();
    const bool is_encrypted = head->cipher != "none";
    Secret decrypted;
    if (is_encrypted) {
        auto secrets = decrypt_key(head->cipher, head->kdf, head->kdf_options, head->secrets,
                                   head->tag, passphrase);
        if (!secrets) return secrets.error();
        decrypted = std::move(*secrets);
    }
    WireReader reader(is_encrypted ? decrypted.view() : head->secrets);
    const std::uint32_t check = reader.u32();
    if (check != reader.u32()) {
        return is_encrypted ? Error(Code::not_authorised, "has another passphrase") : damaged();
    }
    const std::string type(reader.string());
    if (!reader.ok()) return damaged();
    OpensshKey parsed;
    parsed.public_blob = head->public_blob;
    if (type == "ssh-ed25519") {
        parsed.key = read_ed25519(reader);
    } else if (type == "ssh-rsa") {
        parsed.key = read_rsa(reader);
    } else {
        const Curve* found = nullptr;
        for (const Curve& curve : kCurves) {
            if (curve.type == type) found = &curve;
        }
        if (found == nullptr) {
            const std::string shown = key_type(WireWriter().string(type).take());
            return Error(Code::invalid_input, "has a key of the type '" + shown +
                                                  "', which only ssh-agent can use here");
        }
        parsed.key = read_ecdsa(reader, *found);
    }
    (void)reader.string();  // the comment
    const std::size_t block = is_encrypted ? 16 : 8;
    if (!parsed.key || !reader.ok() || !is_padding(reader.rest(), block)) return damaged();
    return parsed;
}

std::string openssh_public_half(std::string_view body) {
    const auto head = parse_head(body);
    return head && !key_type(head->public_blob).empty() ? std::string(head->public_blob)
                                                        : std::string();
}

}  // namespace remuda::ssh
