// SPDX-License-Identifier: MIT
#include "ssh/agent_protocol.h"

#include "ssh/certificate.h"
#include "ssh/known_hosts.h"
#include "ssh/wire.h"

#include <cstdint>

namespace remuda::ssh {

namespace {

constexpr std::uint8_t kFailure = 5;
constexpr std::uint8_t kRequestIdentities = 11;
constexpr std::uint8_t kIdentitiesAnswer = 12;
constexpr std::uint8_t kSignRequest = 13;
constexpr std::uint8_t kSignResponse = 14;
// Failures of agents older than the standard.
constexpr std::uint8_t kSshComFailure = 30;
constexpr std::uint8_t kSshComFailure2 = 102;
constexpr std::uint32_t kRsaSha256 = 2;
constexpr std::uint32_t kRsaSha512 = 4;

Error out_of_protocol(const std::string& what) {
    return {Code::protocol, "ssh-agent sent " + what};
}

bool is_failure(std::uint8_t type) {
    return type == kFailure || type == kSshComFailure || type == kSshComFailure2;
}

}  // namespace

std::string agent_identities_request() {
    return WireWriter().u32(1).byte(kRequestIdentities).take();
}

std::string agent_sign_request(std::string_view public_blob, std::string_view algorithm,
                               std::string_view data) {
    const std::string plain = plain_algorithm(algorithm);
    std::uint32_t flags = 0;
    if (plain == "rsa-sha2-256") flags = kRsaSha256;
    if (plain == "rsa-sha2-512") flags = kRsaSha512;
    const std::string body =
        WireWriter().byte(kSignRequest).string(public_blob).string(data).u32(flags).take();
    return WireWriter().string(body).take();
}

Result<std::size_t> agent_reply_length(std::string_view four_bytes) {
    const std::size_t length = WireReader(four_bytes).u32();
    if (length == 0 || length > kMostAgentReplyBytes) {
        return out_of_protocol("a reply of " + std::to_string(length) + " bytes");
    }
    return length;
}

Result<std::vector<Agent::Identity>> parse_agent_identities(std::string_view reply) {
    WireReader reader(reply);
    const std::uint8_t type = reader.byte();
    if (is_failure(type)) return Error(Code::not_authorised, "ssh-agent does not show its keys");
    const std::uint32_t count = reader.u32();
    std::vector<Agent::Identity> identities;
    if (type != kIdentitiesAnswer) return out_of_protocol("no list of keys");
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        Agent::Identity identity;
        identity.public_blob = reader.string();
        identity.comment = reader.string();
        // A key that names no type can be offered to no server.
        if (!key_type(identity.public_blob).empty()) identities.push_back(std::move(identity));
    }
    if (!reader.is_done()) return out_of_protocol("a damaged list of keys");
    return identities;
}

Result<std::string> parse_agent_signature(std::string_view reply, std::string_view algorithm) {
    WireReader reader(reply);
    const std::uint8_t type = reader.byte();
    if (is_failure(type)) {
        return Error(Code::not_authorised,
                     "ssh-agent declined to sign (is it locked, or was a confirmation refused?)");
    }
    std::string signature(reader.string());
    if (type != kSignResponse || !reader.is_done()) return out_of_protocol("no signature");
    WireReader parts(signature);
    const std::string_view made_with = parts.string();
    (void)parts.string();
    if (!parts.ok()) return out_of_protocol("a damaged signature");
    if (made_with != plain_algorithm(algorithm)) {
        const std::string shown = key_type(signature);
        return Error(Code::not_authorised, "ssh-agent signs with " +
                                               (shown.empty() ? "another algorithm" : shown) +
                                               " where " + std::string(algorithm) + " is needed");
    }
    return signature;
}

std::string callback_signature(std::string_view agent_signature) {
    WireReader reader(agent_signature);
    const bool is_security_key = reader.string().starts_with("sk-");
    return std::string(is_security_key ? reader.rest() : reader.string());
}

}  // namespace remuda::ssh
