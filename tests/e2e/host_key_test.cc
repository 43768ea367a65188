// SPDX-License-Identifier: MIT
//
// Which machine is spoken to is verified from the first connection on.
#include "user.h"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::Finished;
using remuda::test::require_sshd;
using remuda::test::Sshd;
using remuda::test::SshKeys;
using remuda::test::text_of;
using remuda::test::User;

namespace {

void write_files(const User& user, const Sshd& server) {
    user.write("hosts.yaml", "- \"" + address_of(server) + "\"\n");
    user.write("queue.yaml", "- echo hi\n");
}

}  // namespace

TEST_CASE("off a terminal an unknown host key is refused, and the message says what to do") {
    require_sshd();
    const User user;
    const Sshd server;
    write_files(user, server);

    const Finished finished = user.run({"q"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 3);
    CHECK(finished.output.empty());
    CHECK(contains(finished.errors, "host key not known: ED25519 SHA256:"));
    CHECK(contains(finished.errors, "--host-key accept-new"));
    CHECK(text_of(user.known_hosts()).empty());
    CHECK(user.read("queue.yaml") == "- echo hi\n");
    CHECK(!contains(server.log(), "Accepted publickey"));
}

TEST_CASE("accept-new remembers the key, so that strict trusts it from then on") {
    require_sshd();
    const User user;
    const Sshd server;
    write_files(user, server);

    // The system's ssh_config may have names hashed.
    const Finished first = user.run({"q", "--host-key", "accept-new", "--ssh-config", "none"});
    INFO(first.errors);
    CHECK(first.exit_status == 0);
    CHECK(contains(first.output, "] hi\n"));
    CHECK(contains(text_of(user.known_hosts()), server.known_hosts()));

    user.write("queue.yaml", "- echo again\n");
    const Finished second = user.run({"q", "--host-key", "strict"});
    INFO(second.errors);
    CHECK(second.exit_status == 0);
    CHECK(contains(second.output, "] again\n"));
}

TEST_CASE("a changed host key is refused, by accept-new as well") {
    require_sshd();
    const User user;
    const Sshd server;
    write_files(user, server);
    const std::string known = "[" + server.address() + "]:" + std::to_string(server.port()) + " " +
                              text_of(SshKeys::shared().user_key() + ".pub");
    user.write("known", known);
    // Another's key in the place of the server's.
    std::filesystem::copy_file(user.path("known"), user.known_hosts());

    for (const char* how : {"strict", "accept-new"}) {
        INFO(how);
        const Finished finished = user.run({"q", "--host-key", how});
        INFO(finished.errors);
        CHECK(finished.exit_status == 3);
        CHECK(finished.output.empty());
        CHECK(contains(finished.errors, "HOST KEY CHANGED"));
        CHECK(contains(finished.errors, "ssh-keygen -R"));
        CHECK(text_of(user.known_hosts()) == known);
        CHECK(user.read("queue.yaml") == "- echo hi\n");
    }
    CHECK(!contains(server.log(), "Accepted publickey"));
}
