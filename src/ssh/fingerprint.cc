// SPDX-License-Identifier: MIT
#include "ssh/known_hosts.h"
#include "ssh/wire.h"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

namespace remuda::ssh {

namespace {

constexpr std::size_t kLongestName = 64;  // RFC 4251, section 6

}  // namespace

std::string fingerprint(std::string_view key) {
    std::array<char, EVP_MAX_MD_SIZE> digest{};
    std::size_t length = 0;
    if (EVP_Q_digest(nullptr, "SHA256", nullptr, key.data(), key.size(),
                     reinterpret_cast<unsigned char*>(digest.data()), &length) != 1) {
        return "SHA256:?";
    }
    std::string text = base64_encoded({digest.data(), length});
    text.erase(text.find_last_not_of('=') + 1);
    return "SHA256:" + text;
}

std::string shown_key_type(std::string_view key) {
    std::string type = key_type(key);
    if (type == "ssh-ed25519") return "ED25519";
    if (type == "ssh-rsa") return "RSA";
    if (type.starts_with("ecdsa-sha2-")) return "ECDSA";
    return type;
}

std::string key_type(std::string_view key) {
    WireReader reader(key);
    const std::string_view name = reader.string();
    const bool is_name = reader.ok() && !name.empty() && name.size() <= kLongestName &&
                         std::all_of(name.begin(), name.end(),
                                     [](char c) { return c > ' ' && c < '\x7f' && c != ','; });
    return is_name ? std::string(name) : std::string();
}

}  // namespace remuda::ssh
