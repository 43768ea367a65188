// SPDX-License-Identifier: MIT
//
// How OpenSSH encrypts private keys (PROTOCOL.key): a key derived from the passphrase by bcrypt,
// and a cipher.
#pragma once

#include "remuda/base/result.h"
#include "remuda/base/secret.h"

#include <string_view>

namespace remuda::ssh {

/// What `encrypted` decrypts to; for a wrong passphrase garbage, or not_authorised where the cipher
/// has a `tag`. `kdf` and `kdf_options` as the container's head has them. Takes a tenth of a second
/// and more. invalid_input for a cipher or derivation that is not known here, not_authorised
/// without a passphrase; the texts are continuations of the file's name.
[[nodiscard]] Result<Secret> decrypt_key(std::string_view cipher, std::string_view kdf,
                                         std::string_view kdf_options, std::string_view encrypted,
                                         std::string_view tag, std::string_view passphrase);

}  // namespace remuda::ssh
