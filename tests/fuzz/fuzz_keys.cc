// SPDX-License-Identifier: MIT
//
// Lines of known_hosts, key files and replies of ssh-agent, by the first byte.
#include "ssh/agent_protocol.h"
#include "ssh/key_text.h"
#include "ssh/known_hosts.h"
#include "ssh/known_hosts_line.h"
#include "ssh/openssh_key.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    switch (data[0] % 6) {
        case 0:
            if (const auto line = remuda::ssh::parse_known_hosts_line(text)) {
                (void)line->names("host.example.com");
                (void)remuda::ssh::fingerprint(line->key);
            }
            break;
        case 1:
            (void)remuda::ssh::parse_private_key(text);
            break;
        case 2:
            // Behind the armour, which a fuzzer seldom gets through.
            (void)remuda::ssh::parse_openssh_key(text, "passphrase");
            break;
        case 3:
            (void)remuda::ssh::parse_public_half(text);
            break;
        case 4:
            (void)remuda::ssh::parse_agent_identities(text);
            break;
        default:
            if (const auto made = remuda::ssh::parse_agent_signature(text, "ssh-ed25519")) {
                (void)remuda::ssh::callback_signature(*made);
            }
            break;
    }
    return 0;
}
