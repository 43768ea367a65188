// SPDX-License-Identifier: MIT
//
// Logins that are cut, or that cannot come about: each ends with a reason, none hangs or crashes.
#include "ssh_world.h"
#include "support/relay.h"
#include "support/seed.h"

#include <cstddef>
#include <random>

using namespace remuda;
using remuda::test::CommandResult;
using remuda::test::Host;
using remuda::test::host_of;
using remuda::test::Loop;
using remuda::test::Opened;
using remuda::test::Relay;
using remuda::test::Sshd;
using remuda::test::User;
using remuda::test::with_config;
using remuda::test::with_host;

namespace {

/// A host that is reached through `relay`.
Host behind(const Relay& relay, const Sshd& server, const std::string& address) {
    Host host = host_of(server);
    host.name = address;
    host.port = relay.port();
    return host;
}

Opened open_through(const Relay& relay, const Sshd& server, const std::string& address) {
    User user;
    user.settings.host_key = ssh::HostKeyPolicy::accept_new;
    Loop loop;
    return with_host(loop, user, behind(relay, server, address));
}

}  // namespace

TEST_CASE("a login that is cut at any byte ends with a reason") {
    test::require_sshd();
    const Sshd server;
    std::size_t whole = 0;
    {
        const Relay relay("127.0.0.1", server.address(), server.port());
        const Opened opened = open_through(relay, server, "127.0.0.1");
        REQUIRE(opened.result);
        whole = relay.passed();
    }
    REQUIRE(whole > 1000);
    // Before its end the banner is none: such servers count as busy and are tried again for long.
    constexpr std::size_t banner = 64;
    // Each third place; the seed says which.
    constexpr std::size_t stride = 3;
    const std::size_t start = banner + remuda::test::seed() % stride;
    for (std::size_t at = start; at < whole; at += stride) {
        CAPTURE(at);
        const Relay relay("127.0.0.1", server.address(), server.port(), at);
        const Opened opened = open_through(relay, server, "127.0.0.1");
        // The last bytes come behind the login: goodbyes.
        if (opened.result) continue;
        CHECK_FALSE(opened.result.error().text().empty());
    }
}

TEST_CASE("a host is reached by IPv6") {
    test::require_sshd();
    const Sshd server;
    const Relay relay("::1", server.address(), server.port());
    const Opened opened = open_through(relay, server, "::1");
    INFO((opened.result ? "" : opened.result.error().text()));
    CHECK(opened.result);
}

TEST_CASE("servers with one cipher alone are reached") {
    test::require_sshd();
    for (const std::string cipher :
         {"chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr"}) {
        CAPTURE(cipher);
        const Sshd server(with_config("Ciphers " + cipher));
        CHECK(test::run_on(server, "echo hi").out == "hi\n");
    }
}

TEST_CASE("a server with post-quantum key exchanges alone is refused with the reason") {
    test::require_sshd();
    const Sshd server(with_config("KexAlgorithms sntrup761x25519-sha512@openssh.com"));
    User user;
    user.trust(server);
    Loop loop;
    const Opened opened = with_host(loop, user, host_of(server));
    REQUIRE_FALSE(opened.result);
    CHECK(opened.result.error().code() == Code::protocol);
    CHECK(opened.result.error().text().find("takes no key exchange that remuda offers") !=
          std::string::npos);
}
