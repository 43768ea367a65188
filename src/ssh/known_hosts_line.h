// SPDX-License-Identifier: MIT
//
// One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Text only: no files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh {

struct KnownHostsLine {
    enum class Marker { none, cert_authority, revoked };
    Marker marker = Marker::none;
    /// The comma list, in lower case, unless the line is hashed. A pattern may begin with '!'.
    std::vector<std::string> patterns;
    /// Both 20 bytes if the line is hashed, else empty.
    std::string salt;
    std::string hash;
    /// The raw public key blob.
    std::string key;

    [[nodiscard]] bool is_hashed() const { return !hash.empty(); }
    /// Every pattern is a name as it stands.
    [[nodiscard]] bool is_plain() const;
    /// Not hashed, some pattern matches `name` (lower case) and no negated one does.
    [[nodiscard]] bool names(std::string_view name) const;
};

/// Nothing for a comment, an empty line and one that is no known_hosts line.
[[nodiscard]] std::optional<KnownHostsLine> parse_known_hosts_line(std::string_view line);

/// What lines call a host: the name in lower case, as "[name]:port" unless the port is 22.
[[nodiscard]] std::string known_hosts_name(std::string_view name, std::uint16_t port);

}  // namespace remuda::ssh
