// SPDX-License-Identifier: MIT
#include "ssh_config/value.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/core.h>

namespace remuda::ssh_config {

namespace {

constexpr std::array<std::string_view, 10> kCiphers = {"3des-cbc",
                                                       "aes128-cbc",
                                                       "aes192-cbc",
                                                       "aes256-cbc",
                                                       "aes128-ctr",
                                                       "aes192-ctr",
                                                       "aes256-ctr",
                                                       "aes128-gcm@openssh.com",
                                                       "aes256-gcm@openssh.com",
                                                       "chacha20-poly1305@openssh.com"};

constexpr std::array<std::string_view, 16> kMacs = {"hmac-sha1",
                                                    "hmac-sha1-96",
                                                    "hmac-sha2-256",
                                                    "hmac-sha2-512",
                                                    "hmac-md5",
                                                    "hmac-md5-96",
                                                    "umac-64@openssh.com",
                                                    "umac-128@openssh.com",
                                                    "hmac-sha1-etm@openssh.com",
                                                    "hmac-sha1-96-etm@openssh.com",
                                                    "hmac-sha2-256-etm@openssh.com",
                                                    "hmac-sha2-512-etm@openssh.com",
                                                    "hmac-md5-etm@openssh.com",
                                                    "hmac-md5-96-etm@openssh.com",
                                                    "umac-64-etm@openssh.com",
                                                    "umac-128-etm@openssh.com"};

constexpr std::array<std::string_view, 13> kKeyExchanges = {"diffie-hellman-group1-sha1",
                                                            "diffie-hellman-group14-sha1",
                                                            "diffie-hellman-group14-sha256",
                                                            "diffie-hellman-group16-sha512",
                                                            "diffie-hellman-group18-sha512",
                                                            "diffie-hellman-group-exchange-sha1",
                                                            "diffie-hellman-group-exchange-sha256",
                                                            "ecdh-sha2-nistp256",
                                                            "ecdh-sha2-nistp384",
                                                            "ecdh-sha2-nistp521",
                                                            "curve25519-sha256",
                                                            "curve25519-sha256@libssh.org",
                                                            "sntrup761x25519-sha512@openssh.com"};

constexpr std::array<std::string_view, 16> kKeyTypes = {"ssh-ed25519",
                                                        "ssh-ed25519-cert-v01@openssh.com",
                                                        "sk-ssh-ed25519@openssh.com",
                                                        "sk-ssh-ed25519-cert-v01@openssh.com",
                                                        "ecdsa-sha2-nistp256",
                                                        "ecdsa-sha2-nistp256-cert-v01@openssh.com",
                                                        "ecdsa-sha2-nistp384",
                                                        "ecdsa-sha2-nistp384-cert-v01@openssh.com",
                                                        "ecdsa-sha2-nistp521",
                                                        "ecdsa-sha2-nistp521-cert-v01@openssh.com",
                                                        "ssh-rsa",
                                                        "ssh-rsa-cert-v01@openssh.com",
                                                        "rsa-sha2-256",
                                                        "rsa-sha2-256-cert-v01@openssh.com",
                                                        "rsa-sha2-512",
                                                        "rsa-sha2-512-cert-v01@openssh.com"};

// A list is printed without its repeats.
Reading read_list(const Input& input, std::span<const std::string_view> known) {
    if (input.first().empty()) return refused("Missing argument.");
    std::string_view left = input.first();
    const bool is_change = left.front() == '+' || left.front() == '-' || left.front() == '^';
    // What is to be removed is never looked at.
    const bool is_removal = left.front() == '-';
    if (is_change) left.remove_prefix(1);
    std::vector<std::string_view> names;
    for (bool is_last = is_removal; !is_last;) {
        const std::size_t end = left.find(',');
        is_last = end == std::string_view::npos;
        const std::string_view name = left.substr(0, end);
        if (std::ranges::find(known, name) == known.end())
            return doubtful_file(fmt::format("{} with {}, which not every ssh knows", input.keyword,
                                             name.empty() ? "an empty name" : name));
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
        if (!is_last) left.remove_prefix(end + 1);
    }
    if (is_change) return doubtful(fmt::format("{} changes ssh's own list", input.keyword));
    std::string list;
    for (const std::string_view name : names) {
        if (!list.empty()) list += ',';
        list += name;
    }
    return value(std::move(list));
}

}  // namespace

Reading read_ciphers(const Input& input) {
    return read_list(input, kCiphers);
}
Reading read_macs(const Input& input) {
    return read_list(input, kMacs);
}
Reading read_key_exchanges(const Input& input) {
    return read_list(input, kKeyExchanges);
}
Reading read_key_types(const Input& input) {
    return read_list(input, kKeyTypes);
}

}  // namespace remuda::ssh_config
