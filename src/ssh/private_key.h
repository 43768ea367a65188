// SPDX-License-Identifier: MIT
//
// PrivateKey: a key file, read and decoded once per run, that signs for any number of logins.
//
// Formats: OpenSSH ("BEGIN OPENSSH PRIVATE KEY", PROTOCOL.key), PKCS#8 and the older PEM ones.
// Types: ed25519, ecdsa (nistp256, 384, 521), RSA. Files may be encrypted.
#pragma once

#include "remuda/base/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace remuda::ssh {

class PrivateKey {
  public:
    /// not_found if there is no such file; not_authorised if it needs a passphrase ("... needs a
    /// passphrase: add it to ssh-agent (ssh-add <path>)") or is ours and its mode lets others in
    /// ("... chmod 600 <path>"); invalid_input if it is no private key that we can use. Texts begin
    /// with the path.
    ///
    /// With a passphrase it takes a tenth of a second and more. `is_locked` becomes true if another
    /// one, or one at all, is what is wanted. Any thread.
    [[nodiscard]] static Result<PrivateKey> load(const std::string& path,
                                                 std::string_view passphrase = {},
                                                 bool* is_locked = nullptr);

    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;
    ~PrivateKey();

    /// The public key as SSH sends it (RFC 4253, section 6.6).
    [[nodiscard]] const std::string& public_blob() const;
    [[nodiscard]] const std::string& path() const;

    /// Signs `data`. `algorithm`: "ssh-ed25519", "ecdsa-sha2-nistp256" ..., "rsa-sha2-512" (to be
    /// preferred), "rsa-sha2-256"; never "ssh-rsa", which is SHA-1; invalid_input for one that is
    /// not of this key's type.
    ///
    /// Returns what libssh2's sign callback hands back: it puts "string algorithm" and one string
    /// length before it by itself. So: 64 bytes for ed25519; the signature as long as the modulus
    /// for RSA; "mpint r, mpint s" for ecdsa. (For a security key, which only the agent signs with,
    /// libssh2 puts no length before: see `callback_signature` in agent.h.)
    [[nodiscard]] Result<std::string> sign(std::string_view algorithm, std::string_view data) const;

  private:
    struct Impl;
    explicit PrivateKey(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The algorithm that the bytes given to libssh2's sign callback (session identifier and
/// SSH_MSG_USERAUTH_REQUEST, RFC 4252 section 7) want to be signed with, or "" if they are none.
/// libssh2 picks it from the server's server-sig-algs: "ssh-rsa" if that did not come.
[[nodiscard]] std::string signing_algorithm(std::string_view request);

}  // namespace remuda::ssh
