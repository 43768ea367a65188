// SPDX-License-Identifier: MIT
//
// PrivateKey: a key file, read and decoded once per run, that signs for any number of logins.
//
// Formats: OpenSSH ("BEGIN OPENSSH PRIVATE KEY", PROTOCOL.key), PKCS#8 and the older PEM ones.
// Types: ed25519, ecdsa (nistp256, 384, 521), RSA. Encrypted files are told apart by their error.
#pragma once

#include "remuda/base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace remuda::ssh {

class PrivateKey {
  public:
    /// not_found if there is no such file; not_authorised if it needs a passphrase or its mode lets
    /// others read it; invalid_input if it is no private key that we can use.
    [[nodiscard]] static Result<PrivateKey> load(const std::string& path);

    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    ~PrivateKey();

    /// The public key as SSH sends it (RFC 4253, section 6.6).
    [[nodiscard]] const std::string& public_blob() const;
    [[nodiscard]] const std::string& path() const;

    /// Signs `data`. `algorithm`: "ssh-ed25519", "ecdsa-sha2-nistp256" ..., "rsa-sha2-256",
    /// "rsa-sha2-512" (never "ssh-rsa", which is SHA-1). Returns the signature *without* the
    /// algorithm name and outer length: what libssh2's sign callback hands back for it.
    [[nodiscard]] Result<std::string> sign(std::string_view algorithm, std::string_view data) const;

  private:
    struct Impl;
    explicit PrivateKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::ssh
