// SPDX-License-Identifier: MIT
//
// OpenSSH's certificates of users (PROTOCOL.certkeys): as much of them as a client must know.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace remuda::ssh {

struct Certificate {
    /// As it is offered to a server.
    std::string blob;
    /// The public key that it is about: whoever has its private half can use the certificate.
    std::string key_blob;
};

/// Nothing if `blob` is no certificate of a user.
[[nodiscard]] std::optional<Certificate> parse_certificate(std::string_view blob);

/// What a certificate's signatures are made with: "ssh-ed25519" for
/// "ssh-ed25519-cert-v01@openssh.com". Any other name as it is.
[[nodiscard]] std::string plain_algorithm(std::string_view algorithm);

}  // namespace remuda::ssh
