// SPDX-License-Identifier: MIT
//
// KnownHosts: which host keys the user trusts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
//
// Read once per run. Plain names are indexed; only patterns and hashed lines are walked, so
// checking costs O(1) plus O(patterns + hashed lines) with one HMAC for each hashed line.
#pragma once

#include "remuda/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh {

class KnownHosts {
  public:
    enum class Verdict {
        trusted,
        /// No line names this host: the policy decides.
        unknown,
        /// Lines name this host, none with this key: refused.
        changed,
        /// A @revoked line holds this key: refused.
        revoked,
        /// Only a @cert-authority line names this host: our library cannot verify host
        /// certificates.
        certificate_only,
    };
    struct Answer {
        Verdict verdict = Verdict::unknown;
        /// For changed and revoked: the line at fault; 0 for a line added in this run.
        std::string file;
        std::size_t line = 0;
        /// For changed: the fingerprint of the key that was expected there.
        std::string expected_fingerprint;
    };

    KnownHosts();
    ~KnownHosts();
    KnownHosts(KnownHosts&&) noexcept;
    KnownHosts& operator=(KnownHosts&&) noexcept;

    /// Reads the files that exist; a line that is no known_hosts line is skipped, as ssh does.
    [[nodiscard]] static KnownHosts load(const std::vector<std::string>& paths);

    /// `name` as the user wrote it (any case), without brackets; `key` is the raw public key blob.
    /// As in ssh, a host unknown on its port is also trusted by the key that it has on port 22.
    [[nodiscard]] Answer check(std::string_view name, std::uint16_t port,
                               std::string_view key) const;

    /// Key types ("ssh-ed25519" ...) that lines hold for this host, so that the server is asked for
    /// one of these first. Empty for an unknown host.
    [[nodiscard]] std::vector<std::string> key_types(std::string_view name,
                                                     std::uint16_t port) const;

    /// Whether only @cert-authority lines name this host.
    [[nodiscard]] bool is_certificate_only(std::string_view name, std::uint16_t port) const;

    /// Remembers a key for this run, even if it then fails to append its line to `path` (made with
    /// its folder, 0600 and 0700, if needed), whole or not at all, under a lock; a missing line
    /// break before it is mended. Nothing happens if the key is trusted for this name and port
    /// already. An empty `path`: nothing is written. `is_hashed`: the line does not tell the name.
    [[nodiscard]] Result<void> add(const std::string& path, std::string_view name,
                                   std::uint16_t port, std::string_view key,
                                   bool is_hashed = false);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// "SHA256:..." as ssh-keygen -l prints it.
[[nodiscard]] std::string fingerprint(std::string_view key);
/// The type of a key as ssh names it to people: "ED25519", "RSA".
[[nodiscard]] std::string shown_key_type(std::string_view key);
/// The type that a public key blob names ("ssh-ed25519"), or "" if it is none.
[[nodiscard]] std::string key_type(std::string_view key);

}  // namespace remuda::ssh
