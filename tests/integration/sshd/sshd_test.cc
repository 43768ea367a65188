// SPDX-License-Identifier: MIT
// The test servers themselves: if these fail, look no further.
#include "support/sshd.h"

#include "support/libssh2_client.h"
#include "support/program.h"

#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include <signal.h>

namespace remuda::test {
namespace {

/// What the `ssh` of OpenSSH makes of `command` on `server`.
Finished ssh(const Sshd& server, const TempDir& home, const std::string& command) {
    std::ofstream(home.path("known_hosts")) << server.known_hosts();
    return run_program({"ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes",
                        "-o", "UserKnownHostsFile=" + home.path("known_hosts"), "-o",
                        "GlobalKnownHostsFile=none", "-i", SshKeys::shared().user_key(), "-p",
                        std::to_string(server.port()), current_user() + "@" + server.address(),
                        command});
}

TEST_CASE("OpenSSH logs in to a daemon on loopback and gets a command's output and status") {
    require_sshd();
    const TempDir home;
    const Sshd server;
    const Finished finished = ssh(server, home, "echo hello; exit 7");
    CHECK(finished.output == "hello\n");
    CHECK_MESSAGE(finished.exit_status == 7, finished.errors);
}

TEST_CASE("two servers run side by side, each on its own address") {
    require_sshd();
    const TempDir home;
    const Sshd first;
    const Sshd second;
    CHECK(first.address() != second.address());
    CHECK(ssh(first, home, "echo 1").output == "1\n");
    CHECK(ssh(second, home, "echo 2").output == "2\n");
}

TEST_CASE("a server with only an ecdsa or rsa host key presents that key") {
    require_sshd();
    const TempDir home;
    for (const KeyType type : {KeyType::ecdsa, KeyType::rsa}) {
        SshdOptions options;
        options.host_keys = {type};
        const Sshd server(options);
        const Finished finished = ssh(server, home, "echo in");
        CHECK_MESSAGE(finished.output == "in\n", finished.errors);
    }
}

TEST_CASE("lines that a test adds to the configuration win") {
    require_sshd();
    const TempDir home;
    SshdOptions options;
    options.config = "ForceCommand echo forced";
    const Sshd server(options);
    CHECK(ssh(server, home, "echo asked").output == "forced\n");
}

TEST_CASE("a server that ends takes along what its sessions left behind") {
    require_sshd();
    const TempDir home;
    pid_t left = 0;
    {
        const Sshd server;
        const Finished finished =
            ssh(server, home, "setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $!");
        REQUIRE_MESSAGE(finished.exit_status == 0, finished.errors);
        left = std::stoi(finished.output);
        CHECK_FALSE(wait_until_ended(left, {}));
    }
    CHECK(wait_until_ended(left, {}));
}

TEST_CASE("libssh2 logs in to sshd -i on a socketpair and gets a command's output and status") {
    require_sshd();
    InetdSshd server;
    const Libssh2Client client(server.take_socket());
    client.log_in();
    const RemoteResult result = client.run("echo hello; exit 7");
    CHECK(result.output == "hello\n");
    CHECK(result.exit_status == 7);
}

}  // namespace
}  // namespace remuda::test
