// SPDX-License-Identifier: MIT
//
// Hosts that let in who has a Kerberos ticket: by the system's ssh, which the library leaves it to.
#include "support/kerberos.h"

#include "user.h"

#include <string>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::Finished;
using remuda::test::Kerberos;
using remuda::test::lines_of;
using remuda::test::Sshd;
using remuda::test::User;

namespace {

// A realm with one server, and a user whose ssh_config names it "box" and no keys.
struct Realm {
    Kerberos kerberos;
    Sshd server{kerberos.server()};
    User user;

    Realm() {
        kerberos.add(server);
        user.write("known", server.known_hosts());
        user.write("hosts.yaml", "- box\n");
        configure("GSSAPIAuthentication yes");
    }
    void configure(const std::string& authentication) const {
        user.write("queue.yaml", "- command: echo hi {{ n }}; exit {{ n }}\n  n: [0, 1]\n");
        user.write("ssh_config", "Host box\n  HostName " + server.address() + "\n  Port " +
                                     std::to_string(server.port()) + "\n  UserKnownHostsFile " +
                                     user.path("known") + "\n  IdentityFile none\n  " +
                                     authentication + "\n");
    }
};

}  // namespace

TEST_CASE("a ticket gets in, by the system's ssh, and hosts check says why") {
    remuda::test::require_sshd();
    remuda::test::require_kerberos();
    const Realm realm;
    const Finished checked = realm.user.run({"hosts", "check", "--ssh-config", "ssh_config"},
                                            realm.kerberos.ticket_holder());
    INFO(checked.output);
    INFO(checked.errors);
    CHECK(checked.exit_status == 0);
    const auto lines = lines_of(checked.output);
    REQUIRE(lines.size() == 3);
    CHECK(contains(lines[1], " ok "));
    CHECK(contains(lines[1], " system ssh "));
    CHECK(contains(lines[2], "by system ssh: GSSAPIAuthentication yes ("));
    CHECK(contains(lines[2], "ssh_config:6)"));
    CHECK(contains(realm.server.log(), "Accepted gssapi-with-mic for "));

    const Finished ran =
        realm.user.run({"q", "-v", "--ssh-config", "ssh_config"}, realm.kerberos.ticket_holder());
    INFO(ran.errors);
    CHECK(ran.exit_status == 1);
    CHECK(contains(ran.output, "[box] hi 0\n"));
    CHECK(contains(ran.output, "[box] hi 1\n"));
    CHECK(contains(ran.errors, "exit 1"));
    CHECK(contains(ran.errors, "box: by the system's ssh: GSSAPIAuthentication yes ("));

    // Without a ticket it is no use, and that is told, too.
    const Finished stranger =
        realm.user.run({"hosts", "check", "--ssh-config", "ssh_config"}, realm.kerberos.stranger());
    INFO(stranger.output);
    CHECK(stranger.exit_status == 5);
    CHECK(contains(stranger.output, "Permission denied (gssapi"));
}

TEST_CASE("where ssh_config says nothing of tickets, none is used") {
    remuda::test::require_sshd();
    remuda::test::require_kerberos();
    const Realm realm;
    realm.configure("GSSAPIAuthentication no");
    const Finished checked = realm.user.run({"hosts", "check", "--ssh-config", "ssh_config"},
                                            realm.kerberos.ticket_holder());
    INFO(checked.output);
    CHECK(checked.exit_status == 5);
    CHECK(contains(checked.output, " library "));
    CHECK(contains(checked.output, "the server takes gssapi-keyex,gssapi-with-mic only"));
}
