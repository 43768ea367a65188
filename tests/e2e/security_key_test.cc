// SPDX-License-Identifier: MIT
//
// Keys that a security key (FIDO) holds: by the agent, or by the system's ssh.
#include "support/ssh_agent.h"
#include "user.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <doctest/doctest.h>

#include <unistd.h>

using remuda::test::contains;
using remuda::test::Environment;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::run_program;
using remuda::test::SshAgent;
using remuda::test::Sshd;
using remuda::test::SshdOptions;
using remuda::test::User;

namespace {

// An sk key and a plain one; a server that takes the sk key alone.
struct Touched {
    User user;
    std::string key = user.path("touch");
    std::string plain = user.path("plain");

    Touched() {
        require_sshd();
        make({"-t", "ed25519-sk", "-w", SECURITY_KEY}, key);
        make({"-t", "ed25519"}, plain);
        user.write("hosts.yaml", "- box\n");
        user.write("queue.yaml", "- echo hi\n");
    }
    static void make(std::vector<std::string> words, const std::string& path) {
        words.insert(words.begin(), {"ssh-keygen", "-q", "-N", "", "-C", "mine", "-f", path});
        const Finished made = run_program(words);
        if (made.exit_status != 0) throw std::runtime_error(made.errors);
    }
    [[nodiscard]] SshdOptions taking(const std::string& path) const {
        SshdOptions options;
        options.config = "AuthorizedKeysFile " + path + ".pub\n";
        return options;
    }
    void configure(const Sshd& server, const std::string& keys) const {
        user.write("known", server.known_hosts());
        user.write("ssh_config", "Host box\n  HostName " + server.address() + "\n  Port " +
                                     std::to_string(server.port()) + "\n  UserKnownHostsFile " +
                                     user.path("known") + "\n" + keys);
    }
    [[nodiscard]] Finished run(const std::vector<std::string>& words,
                               const Environment& more = {}) const {
        std::vector<std::string> all = words;
        all.insert(all.end(), {"--ssh-config", "ssh_config"});
        return user.run(all, more);
    }
};

}  // namespace

TEST_CASE("a security key gets in by the system's ssh, and one is told to touch it") {
    const Touched touched;
    const Sshd server(touched.taking(touched.key));
    touched.configure(server, "  IdentityFile " + touched.key + "\n  SecurityKeyProvider " +
                                  SECURITY_KEY + "\n  IdentityAgent none\n");
    const Finished checked = touched.run({"hosts", "check"});
    INFO(checked.output);
    INFO(checked.errors);
    CHECK(checked.exit_status == 0);
    CHECK(contains(checked.output, " system ssh "));
    CHECK(contains(checked.output, "by system ssh: SecurityKeyProvider " SECURITY_KEY " ("));
    CHECK(contains(checked.errors, "box: touch the security key " + touched.key));
    const Finished ran = touched.run({"q"});
    INFO(ran.errors);
    CHECK(ran.exit_status == 0);
    CHECK(ran.output == "[box] hi\n");
    CHECK(contains(ran.errors, "box: touch the security key " + touched.key));
    CHECK(contains(server.log(), "Accepted publickey for"));
    CHECK(contains(server.log(), "ED25519-SK SHA256:"));
}

TEST_CASE("a security key that the agent does not hold is found out when the server takes it") {
    const Touched touched;
    // The user's ssh has a provider of its own; ssh_config does not tell of it.
    const std::string folder = touched.user.path("bin");
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/ssh")
        << "#!/bin/sh\nPATH=${PATH#*:}\nexec ssh -o SecurityKeyProvider=" << SECURITY_KEY
        << " \"$@\"\n";
    std::filesystem::permissions(folder + "/ssh", std::filesystem::perms::owner_all);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): tests have one thread.
    const Environment path{{"PATH", folder + ":" + ::getenv("PATH")}};

    const Sshd server(touched.taking(touched.key));
    const std::string keys = "  IdentityFile " + touched.plain + "\n  IdentityFile " + touched.key +
                             "\n  IdentitiesOnly yes\n  IdentityAgent none\n";
    touched.configure(server, keys);
    const Finished checked = touched.run({"hosts", "check"}, path);
    INFO(checked.output);
    INFO(checked.errors);
    CHECK(checked.exit_status == 0);
    CHECK(contains(checked.output, "by system ssh: the security key " + touched.key));
    const Finished ran = touched.run({"q", "-v"}, path);
    INFO(ran.errors);
    CHECK(ran.exit_status == 0);
    CHECK(ran.output == "[box] hi\n");
    CHECK(contains(ran.errors, "box: by the system's ssh: the security key " + touched.key));

    // Where another key gets in it is not needed.
    const Sshd other(touched.taking(touched.plain));
    touched.configure(other, keys);
    const Finished without = touched.run({"hosts", "check"}, path);
    INFO(without.output);
    CHECK(without.exit_status == 0);
    CHECK(contains(without.output, " library "));
}

TEST_CASE("an agent's security key signs for the library, in its turn") {
    const Touched touched;
    const SshAgent agent(touched.user.path("agent"),
                         {"-P", std::filesystem::canonical(SECURITY_KEY).string()});
    const Finished added = agent.run({"ssh-add", "-q", "-S", SECURITY_KEY, touched.key});
    INFO(added.errors);
    REQUIRE(added.exit_status == 0);
    REQUIRE(agent.run({"ssh-add", "-q", touched.plain}).exit_status == 0);
    const Environment with_agent{{"SSH_AUTH_SOCK", agent.path()}};
    for (const std::string& key : {touched.key, touched.plain}) {
        const Sshd server(touched.taking(key));
        touched.configure(server, "");
        const Finished checked = touched.run({"hosts", "check", "-v"}, with_agent);
        INFO(checked.output);
        INFO(checked.errors);
        CHECK(checked.exit_status == 0);
        CHECK(contains(checked.output, " library "));
        const std::string type = key == touched.key ? " ED25519-SK SHA256:" : " ED25519 SHA256:";
        const std::string log = server.log();
        const std::size_t accepted = log.find("Accepted publickey");
        REQUIRE(accepted != std::string::npos);
        CHECK(contains(lines_of(log.substr(accepted)).front(), type));
        // As ssh does: the agent's keys in its order.
        CHECK(contains(log, "Failed publickey") == (key == touched.plain));
        const Finished ran = touched.run({"q"}, with_agent);
        INFO(ran.errors);
        CHECK(ran.output == "[box] hi\n");
        touched.user.write("queue.yaml", "- echo hi\n");
    }
}
