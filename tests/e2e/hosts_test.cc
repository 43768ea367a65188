// SPDX-License-Identifier: MIT
//
// remuda hosts: the machines, and whether they can be reached.
#include "support/black_hole.h"
#include "support/rogue_server.h"
#include "terminal.h"
#include "user.h"

#include <csignal>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using remuda::test::address_of;
using remuda::test::BlackHole;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::Sshd;
using remuda::test::Terminal;
using remuda::test::User;

namespace {

std::string closed_address() {
    const Sshd server;
    return address_of(server);
}

}  // namespace

TEST_CASE("hosts check logs in to all hosts, in the order of the file") {
    require_sshd();
    const User user;
    const Sshd good;
    const Sshd stranger;
    user.trust(good);
    const std::string closed = closed_address();
    user.write("hosts.yaml", "- localhost\n- \"" + address_of(good) + "\"\n- \"" +
                                 address_of(stranger) + "\"\n- \"" + closed + "\"\n");

    const Finished finished = user.run({"hosts", "check", "--ssh-config", "none"});
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(finished.exit_status == 3);
    const auto lines = lines_of(finished.output);
    REQUIRE(lines.size() == 7);
    CHECK(lines[0].starts_with("HOST"));
    CHECK(lines[1].starts_with("localhost"));
    CHECK(contains(lines[1], "ok"));
    CHECK(contains(lines[1], "local"));
    CHECK(lines[2].starts_with(address_of(good)));
    CHECK(contains(lines[2], " ok "));
    CHECK(contains(lines[2], " library "));
    CHECK(contains(lines[2], " ms "));
    CHECK(contains(lines[2], "ED25519 SHA256:"));
    CHECK(lines[3].starts_with(address_of(stranger)));
    CHECK(contains(lines[3], "REFUSED"));
    CHECK(contains(lines[4], "host key not known: ED25519 SHA256:"));
    CHECK(contains(lines[4], "--host-key accept-new"));
    CHECK(lines[5].starts_with(closed));
    CHECK(contains(lines[5], "DOWN"));
    CHECK(contains(lines[6], "refused"));
    CHECK(finished.errors == "4 hosts: 2 ok, 1 down, 1 refused\n");

    CHECK(user.run({"hosts", "check", "--ssh-config", "none", address_of(good), "localhost"})
              .exit_status == 0);
    CHECK(user.run({"hosts", "check", "--ssh-config", "none", address_of(stranger)}).exit_status ==
          5);
}

TEST_CASE("a host that answers is shown while another is awaited, and ctrl-c keeps it") {
    require_sshd();
    const User user;
    const Sshd good;
    const BlackHole silent;
    user.trust(good);
    user.write("hosts.yaml",
               "- \"" + silent.address() + "\"\n- \"" + address_of(good) + "\"\n- localhost\n");
    Terminal terminal(user, {"hosts", "check", "--ssh-config", "none"}, 140);
    terminal.read_until("ED25519 SHA256:");
    CHECK(contains(terminal.bytes(), "HOST"));
    terminal.type("\x03");
    CHECK(terminal.finish() == 130);
    INFO(terminal.bytes());
    CHECK(count_of(terminal.bytes(), address_of(good)) >= 1);
    CHECK(count_of(terminal.bytes(), "ED25519 SHA256:") == 1);
    CHECK(contains(terminal.bytes(), " ?"));
    CHECK(contains(terminal.bytes(), "3 hosts: 2 ok, 1 not known"));

    const auto running = user.start({"hosts", "check", "--json", "--ssh-config", "none"});
    REQUIRE(
        remuda::test::wait_until([&] { return count_of(good.log(), "Accepted publickey") == 2; }));
    running->signal(SIGINT);
    const Finished finished = running->finish();
    INFO(finished.output);
    CHECK(finished.exit_status == 130);
    CHECK(lines_of(finished.output).size() == 3);
    CHECK(contains(lines_of(finished.output)[0], R"("state":"unknown")"));
}

TEST_CASE("hosts check takes any name that ssh knows, and tells what was negotiated") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    user.write("ssh_config", "Host box\n  HostName " + server.address() + "\n  Port " +
                                 std::to_string(server.port()) + "\n  UserKnownHostsFile " +
                                 user.known_hosts() + "\n");

    const Finished shown = user.run({"hosts", "check", "box", "-v", "--ssh-config", "ssh_config"});
    INFO(shown.output);
    INFO(shown.errors);
    CHECK(shown.exit_status == 0);
    for (const char* part : {"identity", "id_ed25519", "key exchange", "curve25519-sha256",
                             "host key algorithm", "cipher", "server", "SSH-2.0-OpenSSH"}) {
        CHECK(contains(shown.output, part));
    }

    const Finished json =
        user.run({"hosts", "check", "box", "--json", "--ssh-config", "ssh_config"});
    CHECK(json.exit_status == 0);
    CHECK(json.output.starts_with(R"({"v":1,"type":"host","host":"box","state":"ok",)"
                                  R"("way":"library","user":")"));
    CHECK(contains(json.output, "\"hostname\":\"" + server.address() +
                                    "\",\"port\":" + std::to_string(server.port())));
    CHECK(contains(json.output, R"("login_seconds":)"));
    CHECK(contains(json.output, R"("round_trip_microseconds":)"));
}

namespace {

// An ssh_config with `name` for each server, and with what ssh needs to know of this user.
std::string config_of(const User& user, const std::vector<std::pair<std::string, const Sshd*>>& all,
                      const std::string& more = {}) {
    std::string config = more;
    for (const auto& [name, server] : all) {
        config += "Host " + name + "\n  HostName " + server->address() + "\n  Port " +
                  std::to_string(server->port()) + "\n";
    }
    return config + "Host *\n  IdentityFile " + remuda::test::SshKeys::shared().user_key() +
           "\n  IdentityAgent none\n  UserKnownHostsFile " + user.known_hosts() + "\n";
}

constexpr const char* kPostQuantum = "KexAlgorithms sntrup761x25519-sha512@openssh.com\n";
constexpr const char* kUmac = "MACs umac-64@openssh.com\nCiphers aes128-ctr\n";

remuda::test::SshdOptions with(const char* config) {
    remuda::test::SshdOptions options;
    options.config = config;
    return options;
}

}  // namespace

TEST_CASE("a server that takes no algorithm of ours is reached by the system's ssh, with the why") {
    require_sshd();
    const User user;
    const Sshd quantum(with(kPostQuantum));
    const Sshd umac(with(kUmac));
    const Sshd plain;
    for (const Sshd* server : {&quantum, &umac, &plain})
        user.trust(*server);
    user.write("ssh_config",
               config_of(user, {{"quantum", &quantum}, {"umac", &umac}, {"plain", &plain}}));
    user.write("hosts.yaml", "- quantum\n- umac\n- plain\n");

    const Finished checked = user.run({"hosts", "check", "--ssh-config", "ssh_config"});
    INFO(checked.output);
    INFO(checked.errors);
    CHECK(checked.exit_status == 0);
    const auto lines = lines_of(checked.output);
    REQUIRE(lines.size() == 6);
    CHECK(contains(lines[1], " ok "));
    CHECK(contains(lines[1], " system ssh "));
    CHECK(contains(lines[2], "by system ssh: the server takes no key exchange that remuda offers"));
    CHECK(contains(lines[3], " system ssh "));
    CHECK(contains(lines[4], "by system ssh: the server takes no MAC that remuda offers"));
    CHECK(contains(lines[5], " library "));

    user.write("queue.yaml", "- command: echo {{ hostname }}\n");
    const Finished ran = user.run({"b", "-v", "--ssh-config", "ssh_config"});
    INFO(ran.output);
    INFO(ran.errors);
    CHECK(ran.exit_status == 0);
    for (const char* name : {"quantum", "umac", "plain"})
        CHECK(contains(ran.output, name));
    CHECK(contains(ran.errors, "quantum: by the system's ssh: the server takes no key exchange"));
}

TEST_CASE("hosts behind a jump host that takes no algorithm of ours go by the system's ssh") {
    require_sshd();
    const User user;
    const Sshd quantum(with(kPostQuantum));
    const Sshd plain;
    user.trust(quantum);
    user.trust(plain);
    user.write("ssh_config", config_of(user, {{"quantum", &quantum}, {"plain", &plain}},
                                       "Host plain\n  ProxyJump quantum\n"));
    const Finished checked = user.run({"hosts", "check", "plain", "--ssh-config", "ssh_config"});
    INFO(checked.output);
    CHECK(checked.exit_status == 0);
    CHECK(contains(checked.output,
                   "by system ssh: jump host quantum: the server takes no key "
                   "exchange that remuda offers"));
}

TEST_CASE("what a server says before the login never reaches the terminal raw") {
    using remuda::test::RogueServer;
    const User user;
    const std::string controls = "\x1b]0;owned\x07\x1b[31mred\r";
    const std::string words = "\x01" + RogueServer::number(2) + RogueServer::text(controls) +
                              RogueServer::text("") + std::string(9, '\0');
    user.write("server", controls + "\nSSH-2.0-" + controls + "\n" +
                             RogueServer::number(static_cast<std::uint32_t>(words.size() + 1)) +
                             "\x09" + words);
    user.write("ssh_config", "Host evil\n  ProxyCommand cat " + user.path("server") + "\n");
    user.write("hosts.yaml", "- evil\n");
    user.write("queue.yaml", "- 'true'\n");
    const std::vector<remuda::test::Words> commands = {{"hosts", "check", "-v"}, {"b", "-v"}};
    for (remuda::test::Words words_of_it : commands) {
        words_of_it.insert(words_of_it.end(), {"--ssh-config", "ssh_config"});
        const Finished finished = user.run(words_of_it);
        INFO(finished.output);
        INFO(finished.errors);
        CHECK(finished.exit_status == 3);
        for (const std::string& shown : {finished.output, finished.errors}) {
            CHECK_FALSE(contains(shown, "\x1b"));
            CHECK_FALSE(contains(shown, "\x07"));
            CHECK_FALSE(contains(shown, "\r"));
        }
    }
}

TEST_CASE("without a system's ssh a server that takes no algorithm of ours is told of as such") {
    require_sshd();
    const User user;
    const Sshd quantum(with(kPostQuantum));
    user.trust(quantum);
    user.write("ssh_config", config_of(user, {{"quantum", &quantum}}));
    remuda::test::Words words =
        User::command({"hosts", "check", "quantum", "--ssh-config", "ssh_config"}, user.project());
    words.insert(words.begin() + 3, "PATH=/nowhere");
    const Finished checked = remuda::test::Running(words, user.environment()).finish();
    INFO(checked.output);
    CHECK(checked.exit_status == 3);
    CHECK(contains(checked.output,
                   "key exchange failed: the server takes no key exchange that remuda offers "
                   "(docs/limits.md names them)"));
}

TEST_CASE("hosts list shows how hosts are reached, without connecting") {
    const User user;
    user.write("ssh_config",
               "Host a\n  HostName alpha.example\n  ProxyJump me@bastion:2222\n"
               "Host b\n  ForwardAgent yes\n");
    user.write("hosts.yaml",
               "- hostname: a\n  gpu: [0, 1]\n  slots: 2\n- root@b:2222\n- localhost\n");
    const Finished finished = user.run({"hosts", "list", "--ssh-config", "ssh_config"});
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    const auto lines = lines_of(finished.output);
    REQUIRE(lines.size() == 5);
    CHECK(contains(lines[0], "NODES"));
    CHECK(contains(lines[1], "alpha.example via me@bastion:2222"));
    CHECK(contains(lines[1], "hosts.yaml:1"));
    CHECK(contains(lines[2], "root@b:2222"));
    CHECK(contains(lines[2], "system ssh"));
    CHECK(contains(lines[3], "by system ssh: ForwardAgent yes"));
    CHECK(contains(lines[4], "local"));

    const Finished json = user.run({"hosts", "list", "--json", "--ssh-config", "ssh_config", "a"});
    CHECK(contains(json.output, R"("state":"unknown","way":"library")"));
    CHECK(contains(json.output, R"("jumps":["me@bastion:2222"],"nodes":2,"slots":4)"));
}

TEST_CASE("a fault of the ssh_config file is told once, however many hosts it is about") {
    const User user;
    user.write("ssh_config", "Port many\n");
    user.write("hosts.yaml", "- a\n- b\n- c\n");
    for (const char* action : {"check", "list"}) {
        const Finished finished = user.run({"hosts", action, "--ssh-config", "ssh_config"});
        INFO(finished.output);
        CHECK(finished.exit_status == 2);
        CHECK(lines_of(finished.output).size() == 5);
        CHECK(remuda::test::count_of(finished.output, "Bad port") == 1);
    }
}

TEST_CASE("a wrong command line or file is told of") {
    const User user;
    CHECK(user.run({"hosts"}).exit_status == 2);
    CHECK(contains(user.run({"hosts", "chek"}).errors, "'chek' is none of list, check"));
    CHECK(contains(user.run({"hosts", "list"}).errors, "cannot open hosts.yaml"));
    CHECK(user.run({"hosts", "list"}).exit_status == 2);
    CHECK(user.run({"hosts", "check", "-oProxyCommand=x"}).exit_status == 2);
    CHECK(contains(user.run({"q", "--ssh-config", "missing"}).errors, "cannot read 'missing'"));
}

TEST_CASE("hosts facts tells what hosts are and have, and clean removes what is old") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    const std::string closed = closed_address();
    user.write("hosts.yaml", "- \"" + address_of(server) + "\"\n- \"" + closed + "\"\n");
    const Finished facts = user.run({"hosts", "facts", "--ssh-config", "none"});
    INFO(facts.output);
    INFO(facts.errors);
    CHECK(facts.exit_status == 3);
    const auto lines = lines_of(facts.output);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("HOST"));
    CHECK(lines[1].starts_with(address_of(server)));
    CHECK(contains(lines[1], " GiB"));
    CHECK(contains(facts.errors, closed + ": "));

    const std::string name = address_of(server);
    const Finished json = user.run({"hosts", "facts", name, "--json", "--ssh-config", "none"});
    CHECK(json.exit_status == 0);
    CHECK(contains(json.output, "\"facts\":{\"host_name\":"));

    const Finished cleaned = user.run({"hosts", "clean", name, "--ssh-config", "none"});
    INFO(cleaned.output);
    CHECK(cleaned.exit_status == 0);
    CHECK(contains(cleaned.output, "kept "));
}
