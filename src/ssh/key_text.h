// SPDX-License-Identifier: MIT
//
// The text of a private key file -> the key. Text only: no files.
#pragma once

#include "remuda/base/result.h"
#include "ssh/openssl_types.h"

#include <string>
#include <string_view>

namespace remuda::ssh {

/// A usable key of a supported type, tried out, with its public half as SSH sends it.
struct DecodedKey {
    KeyPtr key;
    std::string public_blob;
};

/// OpenSSH, PKCS#8 or older PEM. not_authorised if it is encrypted with another passphrase (empty:
/// none is known), else invalid_input. The texts are continuations of the file's name: "needs a
/// passphrase", "is a public key" ...
[[nodiscard]] Result<DecodedKey> parse_private_key(std::string_view text,
                                                   std::string_view passphrase = {});

/// The public key blob in the head of an OpenSSH private key, which is readable without a
/// passphrase, or in the first line of a ".pub" file; or "".
[[nodiscard]] std::string parse_public_half(std::string_view text);

}  // namespace remuda::ssh
