// SPDX-License-Identifier: MIT
#include "ssh/certificate.h"

#include "ssh/wire.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace remuda::ssh {

namespace {

constexpr std::string_view kSuffix = "-cert-v01@openssh.com";
constexpr std::uint32_t kOfUser = 1;

struct Kind {
    std::string_view key_type;
    /// Fields of the public key behind the type's name.
    int fields;
};
constexpr auto kKinds = std::to_array<Kind>({
    {"ssh-ed25519", 1},
    {"ssh-rsa", 2},
    {"ecdsa-sha2-nistp256", 2},
    {"ecdsa-sha2-nistp384", 2},
    {"ecdsa-sha2-nistp521", 2},
    {"sk-ssh-ed25519@openssh.com", 2},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 3},
});

}  // namespace

std::string plain_algorithm(std::string_view algorithm) {
    if (!algorithm.ends_with(kSuffix)) return std::string(algorithm);
    std::string plain(algorithm.substr(0, algorithm.size() - kSuffix.size()));
    if (plain.starts_with("sk-")) plain += "@openssh.com";
    return plain;
}

std::optional<Certificate> parse_certificate(std::string_view blob) {
    WireReader reader(blob);
    const std::string_view type = reader.string();
    if (!type.ends_with(kSuffix)) return std::nullopt;
    const std::string plain = plain_algorithm(type);
    const auto* const kind = std::ranges::find(kKinds, plain, &Kind::key_type);
    if (kind == kKinds.end()) return std::nullopt;
    (void)reader.string();  // a nonce
    WireWriter key;
    key.string(plain);
    for (int i = 0; i < kind->fields; ++i)
        key.string(reader.string());
    (void)reader.raw(8);  // its serial number
    if (reader.u32() != kOfUser || !reader.ok()) return std::nullopt;
    return Certificate{std::string(blob), key.take()};
}

}  // namespace remuda::ssh
