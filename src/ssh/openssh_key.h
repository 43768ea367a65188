// SPDX-License-Identifier: MIT
//
// OpenSSH's own container for private keys (PROTOCOL.key), inside its armour.
#pragma once

#include "remuda/base/result.h"
#include "ssh/openssl_types.h"

#include <string>
#include <string_view>

namespace remuda::ssh {

struct OpensshKey {
    KeyPtr key;
    /// As the head of the container gives it; not yet compared with the key.
    std::string public_blob;
};

/// `body` is what the armour's base64 decodes to; `passphrase` as for parse_private_key, and errors
/// too.
[[nodiscard]] Result<OpensshKey> parse_openssh_key(std::string_view body,
                                                   std::string_view passphrase);

/// The public key blob in the container's head, which is never encrypted; or "".
[[nodiscard]] std::string openssh_public_half(std::string_view body);

}  // namespace remuda::ssh
