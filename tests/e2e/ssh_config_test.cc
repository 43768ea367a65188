// SPDX-License-Identifier: MIT
//
// What ssh_config says of a host holds for remuda.
#include "user.h"

#include <string>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::Finished;
using remuda::test::require_sshd;
using remuda::test::Sshd;
using remuda::test::SshdOptions;
using remuda::test::SshKeys;
using remuda::test::text_of;
using remuda::test::User;

namespace {

// A user whose ssh_config leads "box" to `server`.
class ConfiguredUser : public User {
  public:
    explicit ConfiguredUser(const Sshd& server, const std::string& more = "") {
        write("known", server.known_hosts());
        write("ssh_config", "Host box\n  HostName " + server.address() + "\n  Port " +
                                std::to_string(server.port()) + "\n  UserKnownHostsFile " +
                                path("known") + "\n  IdentityFile " + SshKeys::shared().user_key() +
                                "\n" + more);
        write("hosts.yaml", "- box\n");
    }

    [[nodiscard]] Finished run_queue(const std::string& command,
                                     const remuda::test::Environment& more = {}) const {
        write("queue.yaml", "- " + command + "\n");
        return run({"q", "--ssh-config", "ssh_config"}, more);
    }
};

}  // namespace

TEST_CASE("an alias of ssh_config is a host") {
    require_sshd();
    const Sshd server;
    const ConfiguredUser user(server);
    const Finished finished = user.run_queue("echo hi");
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(finished.output == "[box] hi\n");
    // Without the file there is no such name.
    user.write("queue.yaml", "- echo hi\n");
    CHECK(user.run({"q", "--ssh-config", "none", "--connect-timeout", "5"}).exit_status == 3);
}

TEST_CASE("what the reader leaves to ssh is asked of ssh -G") {
    require_sshd();
    const Sshd server;
    const ConfiguredUser user(server);
    user.write("ssh_config", "Match exec \"test %n = box\"\n" +
                                 user.read("ssh_config").substr(std::string("Host box\n").size()));
    const Finished finished = user.run_queue("echo hi");
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(finished.output == "[box] hi\n");
}

TEST_CASE("variables are sent as ssh_config says, and the server takes what it wants") {
    require_sshd();
    SshdOptions options;
    options.config = "AcceptEnv TAKEN_*\n";
    const Sshd server(options);
    for (const char* last : {"TAKEN_TWO", "REFUSED_TOO"}) {
        const ConfiguredUser user(
            server, std::string("  SendEnv TAKEN_ONE REFUSED\n  SetEnv ") + last + "=2\n");
        // Several commands: the first on a connection learns what the later ones know.
        user.write("queue.yaml",
                   "- command: echo \"$TAKEN_ONE,$TAKEN_TWO,$REFUSED,$REFUSED_TOO\" {{ n }}\n"
                   "  n: [1, 2, 3]\n- exit 3\n");
        const Finished finished =
            user.run({"q", "--ssh-config", "ssh_config"}, {{"TAKEN_ONE", "a b"}, {"REFUSED", "x"}});
        INFO(finished.errors);
        const std::string two = std::string(last) == "TAKEN_TWO" ? "2" : "";
        CHECK(finished.exit_status == 1);
        CHECK(contains(finished.errors, "exit 3"));
        for (const char* n : {"1", "2", "3"})
            CHECK(contains(finished.output, "[box] a b," + two + ",, " + n + "\n"));
    }
}

TEST_CASE("new host keys are judged and kept as ssh_config says") {
    require_sshd();
    const Sshd server;
    const ConfiguredUser user(server,
                              "  StrictHostKeyChecking accept-new\n  HashKnownHosts yes\n"
                              "  HostKeyAlias pool\n");
    user.write("known", "");
    const Finished first = user.run_queue("echo hi");
    INFO(first.errors);
    CHECK(first.exit_status == 0);
    const std::string known = user.read("known");
    CHECK(known.starts_with("|1|"));
    // Under another name it would be unknown; `ssh-keygen -F` finds it by the alias.
    const Finished found =
        remuda::test::run_program({"ssh-keygen", "-F", "pool", "-f", user.path("known")});
    CHECK(found.exit_status == 0);
    CHECK(user.run_queue("echo again").exit_status == 0);
    CHECK(user.read("known") == known);
    // The command line wins.
    user.write("known", "");
    user.write("queue.yaml", "- echo hi\n");
    CHECK(user.run({"q", "--ssh-config", "ssh_config", "--host-key", "strict"}).exit_status == 3);
}

TEST_CASE("a changed key is refused although StrictHostKeyChecking is off") {
    require_sshd();
    const Sshd server;
    const ConfiguredUser user(server, "  StrictHostKeyChecking no\n  HostKeyAlias pool\n");
    user.write("known", "pool " + text_of(SshKeys::shared().user_key() + ".pub"));
    const Finished finished = user.run_queue("echo hi");
    INFO(finished.errors);
    CHECK(finished.exit_status == 3);
    CHECK(contains(finished.errors, "HOST KEY CHANGED"));
    CHECK(contains(finished.errors, "ssh-keygen -R pool"));
}

TEST_CASE("algorithms are as ssh_config says") {
    require_sshd();
    SshdOptions options;
    options.config = "Ciphers aes256-ctr\nMACs hmac-sha2-512\n";
    const Sshd server(options);
    const ConfiguredUser good(server, "  Ciphers ^aes256-ctr\n  MACs hmac-sha2-512\n");
    good.write("queue.yaml", "- 'true'\n");
    const Finished agreed = good.run({"q", "-v", "--ssh-config", "ssh_config"});
    INFO(agreed.errors);
    CHECK(agreed.exit_status == 0);
    const ConfiguredUser bad(server, "  Ciphers -aes256-ctr\n");
    const Finished finished = bad.run_queue("true");
    CHECK(finished.exit_status == 3);
    CHECK(contains(finished.errors, "no matching cipher found"));
}

TEST_CASE("what the library cannot do goes by the system's ssh") {
    require_sshd();
    const Sshd server;
    const ConfiguredUser user(server, "  ForwardAgent yes\n");
    user.write("queue.yaml", "- echo hi\n- exit 255\n");
    const Finished finished = user.run({"q", "-v", "--ssh-config", "ssh_config"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(finished.output == "[box] hi\n");
    CHECK(contains(finished.errors, "box: by the system's ssh: ForwardAgent yes ("));
    CHECK(contains(finished.errors, "exit 255"));

    const Finished checked = user.run({"hosts", "check", "--ssh-config", "ssh_config"});
    INFO(checked.output);
    CHECK(checked.exit_status == 0);
    CHECK(contains(checked.output, "system ssh"));
    CHECK(contains(checked.output, "by system ssh: ForwardAgent yes ("));
}

TEST_CASE("a live master connection of the user is told of, since it is not used") {
    require_sshd();
    const Sshd server;
    const ConfiguredUser user(server);
    const std::string more = "  ControlPath " + user.path("%h.%p") + "\n  ControlMaster auto\n";
    user.write("ssh_config", user.read("ssh_config") + more);
    const remuda::test::Words check{"hosts", "check", "-v", "--ssh-config", "ssh_config"};
    CHECK(!contains(user.run(check).output, "ControlPath"));
    const Finished opened = remuda::test::run_program(
        {"ssh", "-F", user.path("ssh_config"), "-o", "IdentityAgent=none", "-f", "-N", "box"});
    INFO(opened.errors);
    REQUIRE(opened.exit_status == 0);
    const Finished checked = user.run(check);
    (void)remuda::test::run_program({"ssh", "-F", user.path("ssh_config"), "-O", "exit", "box"});
    INFO(checked.output);
    CHECK(checked.exit_status == 0);
    CHECK(contains(checked.output, " library "));
    CHECK(contains(checked.output, "the master connection there is not used"));
}

TEST_CASE("a host is reached through one of ssh_config, which is resolved as well") {
    require_sshd();
    const Sshd bastion;
    const Sshd server;
    const ConfiguredUser user(server, "  ProxyJump gate\n");
    user.write("ssh_config", user.read("ssh_config") + "Host gate\n  HostName " +
                                 bastion.address() + "\n  Port " + std::to_string(bastion.port()) +
                                 "\n  UserKnownHostsFile " + user.path("known") +
                                 "\n  IdentityFile " + SshKeys::shared().user_key() + "\n");
    user.write("known", server.known_hosts() + bastion.known_hosts());
    const Finished finished = user.run_queue("echo hi");
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(finished.output == "[box] hi\n");
    CHECK(contains(bastion.log(), "Accepted publickey"));
    const Finished checked = user.run({"hosts", "check", "--ssh-config", "ssh_config"});
    INFO(checked.output);
    CHECK(checked.exit_status == 0);
    CHECK(contains(checked.output, " via gate"));
    // What lies behind a host that needs ssh goes by ssh, too.
    user.write("ssh_config", user.read("ssh_config") + "  ForwardAgent yes\n");
    const Finished by_ssh = user.run({"hosts", "check", "--ssh-config", "ssh_config"});
    INFO(by_ssh.output);
    CHECK(by_ssh.exit_status == 0);
    CHECK(contains(by_ssh.output, "by system ssh: jump host gate: ForwardAgent yes ("));
}
