// SPDX-License-Identifier: MIT
//
// Owners of OpenSSL's objects.
#pragma once

#include <memory>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

namespace remuda::ssh {

template <auto function>
struct FreedBy {
    template <class T>
    void operator()(T* object) const {
        function(object);
    }
};

using BigNumberPtr = std::unique_ptr<BIGNUM, FreedBy<BN_clear_free>>;
using BigNumberContextPtr = std::unique_ptr<BN_CTX, FreedBy<BN_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, FreedBy<BIO_free_all>>;
using CipherContextPtr = std::unique_ptr<EVP_CIPHER_CTX, FreedBy<EVP_CIPHER_CTX_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, FreedBy<EVP_CIPHER_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreedBy<EVP_MD_CTX_free>>;
using DigestPtr = std::unique_ptr<EVP_MD, FreedBy<EVP_MD_free>>;
using EcdsaSignaturePtr = std::unique_ptr<ECDSA_SIG, FreedBy<ECDSA_SIG_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, FreedBy<EVP_PKEY_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, FreedBy<EVP_MAC_CTX_free>>;
using MacPtr = std::unique_ptr<EVP_MAC, FreedBy<EVP_MAC_free>>;
using ParameterBuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, FreedBy<OSSL_PARAM_BLD_free>>;
using ParametersPtr = std::unique_ptr<OSSL_PARAM, FreedBy<OSSL_PARAM_free>>;

/// Text as OpenSSL takes bytes.
inline const unsigned char* as_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace remuda::ssh
