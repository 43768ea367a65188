// SPDX-License-Identifier: MIT
#include "ssh/keywords.h"
#include "ssh/way.h"

#include <initializer_list>
#include <utility>

#include <doctest/doctest.h>

using remuda::Code;
using remuda::Result;
using namespace remuda::ssh;
namespace ssh_config = remuda::ssh_config;
namespace model = remuda::model;

namespace {

struct Given {
    model::Host host;
    Settings settings;
    ssh_config::Environment environment;
    ssh_config::Options options;

    Given() {
        host.name = "alpha";
        host.place = {"hosts.yaml", 3, 1};
        settings.user = "me";
        settings.home = "/home/me";
        settings.agent_socket = "/run/agent";
        settings.known_hosts = {"/home/me/.ssh/known_hosts"};
        settings.global_known_hosts = {"/etc/ssh/ssh_known_hosts"};
        settings.variables = {{"LANG", "C"}, {"LC_ALL", "C"}, {"SOCK", "/run/other"}};
        environment.home = "/home/me";
        environment.user = "me";
        environment.uid = 1000;
        environment.host_name = "desk.example";
        environment.variable = [](const std::string&) { return std::nullopt; };
    }

    Given& with(const std::string& keyword, const std::string& value) {
        options.add({keyword, value, {"/home/me/.ssh/config", options.list().size() + 1}});
        return *this;
    }
    // As `ssh -G` says it.
    Given& with_default(const std::string& keyword, const std::string& value) {
        options.add({keyword, value, {}});
        return *this;
    }

    [[nodiscard]] Way way() const {
        auto way = choose_way(host, options, settings, environment);
        REQUIRE(way);
        return std::move(*way);
    }
    [[nodiscard]] HostSettings by_library() const {
        Way chosen = way();
        CHECK(chosen.why.empty());
        CHECK(chosen.kind == Way::Kind::library);
        return std::move(chosen.settings);
    }
    // Why the system's ssh is needed.
    [[nodiscard]] std::string why() const {
        const Way chosen = way();
        CHECK(chosen.kind == Way::Kind::system_ssh);
        return chosen.why;
    }
};

std::string why(const std::string& keyword, const std::string& value) {
    return Given().with(keyword, value).why();
}

}  // namespace

TEST_CASE("without ssh_config a host is reached by what hosts.yaml says, and our defaults") {
    Given given;
    given.host.port = 2222;
    given.host.user = "root";
    given.host.identity_files = {"~/.ssh/lab"};
    const HostSettings settings = given.by_library();
    CHECK(settings.name == "alpha");
    CHECK(settings.host_name == "alpha");
    CHECK(settings.port == 2222);
    CHECK(settings.user == "root");
    CHECK(settings.identity_files == std::vector<std::string>{"~/.ssh/lab"});
    CHECK(settings.agent_socket == "/run/agent");
    CHECK(settings.user_known_hosts == given.settings.known_hosts);
    CHECK(settings.global_known_hosts == given.settings.global_known_hosts);
    CHECK(settings.environment.empty());
    CHECK(settings.ciphers.empty());
    CHECK(std::holds_alternative<DirectRoute>(settings.route));
    CHECK(Given().by_library().user == "me");
    CHECK(Given().by_library().port == 22);
}

TEST_CASE("hosts.yaml wins over ssh_config") {
    Given given;
    given.with("user", "them").with("port", "1").with("identityfile", "~/.ssh/theirs");
    given.with("hostname", "alpha.example");
    CHECK(given.by_library().user == "them");
    CHECK(given.by_library().port == 1);
    CHECK(given.by_library().identity_files == std::vector<std::string>{"/home/me/.ssh/theirs"});
    CHECK(given.by_library().host_name == "alpha.example");
    CHECK(given.by_library().name == "alpha");
    given.host.user = "root";
    given.host.port = 2;
    given.host.identity_files = {"mine"};
    CHECK(given.by_library().user == "root");
    CHECK(given.by_library().port == 2);
    CHECK(given.by_library().identity_files == std::vector<std::string>{"mine"});
}

TEST_CASE("trust is as ssh_config says, but never without a check") {
    Given given;
    given.with("userknownhostsfile", "~/one \"/two files\"").with("globalknownhostsfile", "none");
    given.with("hostkeyalias", "pool").with("hashknownhosts", "yes");
    const HostSettings settings = given.by_library();
    CHECK(settings.user_known_hosts == std::vector<std::string>{"/home/me/one", "/two files"});
    CHECK(settings.global_known_hosts.empty());
    CHECK(settings.host_key_alias == "pool");
    CHECK(settings.hashes_known_hosts);

    const auto policy = [](const std::string& how, bool wins) {
        Given strict;
        strict.settings.host_key = HostKeyPolicy::ask;
        strict.settings.host_key_wins = wins;
        return strict.with("stricthostkeychecking", how).by_library().host_key;
    };
    CHECK(policy("yes", false) == HostKeyPolicy::strict);
    CHECK(policy("true", false) == HostKeyPolicy::strict);
    CHECK(policy("ask", false) == HostKeyPolicy::ask);
    CHECK(policy("accept-new", false) == HostKeyPolicy::accept_new);
    CHECK(policy("no", false) == HostKeyPolicy::accept_new);
    CHECK(policy("off", false) == HostKeyPolicy::accept_new);
    CHECK(policy("no", true) == HostKeyPolicy::ask);
    const Way lax = Given().with("stricthostkeychecking", "no").way();
    REQUIRE(lax.notes.size() == 1);
    CHECK(lax.notes[0] ==
          "StrictHostKeyChecking no (~/.ssh/config:1): new host keys are accepted; one that "
          "differs from a known one is refused all the same");
}

TEST_CASE("keys and agents are as ssh_config says") {
    Given given;
    given.with("identityfile", "~/.ssh/%r@%h:%p").with("identityfile", "none");
    given.with("identitiesonly", "yes").with("identityagent", "/run/%u");
    const HostSettings settings = given.by_library();
    CHECK(settings.identity_files == std::vector<std::string>{"/home/me/.ssh/me@alpha:22"});
    CHECK(settings.identities_only);
    CHECK(settings.agent_socket == "/run/me");
    CHECK(Given().with("identityagent", "none").by_library().agent_socket.empty());
    CHECK(Given().with("identityagent", "SSH_AUTH_SOCK").by_library().agent_socket == "/run/agent");
    CHECK(Given().with("identityagent", "$SOCK").by_library().agent_socket == "/run/other");
    CHECK(Given().with("identityagent", "$NONE").by_library().agent_socket.empty());
    // The usual files, as ssh -G lists them.
    Given usual;
    usual.with_default("identityfile", "~/.ssh/id_rsa");
    usual.with_default("identityfile", "~/.ssh/id_ed25519_sk");
    CHECK(usual.by_library().identity_files.empty());
    // A security key signs through the agent, or not at all.
    Given touch;
    touch.with("identityfile", "~/.ssh/id_ed25519_sk");
    CHECK(touch.by_library().identity_files.size() == 1);
    touch.settings.agent_socket.clear();
    CHECK(touch.why() == "the security key /home/me/.ssh/id_ed25519_sk, without an agent");
    // Of several keys the login shows which one the host takes.
    touch.with("identityfile", "~/.ssh/id_ed25519");
    CHECK(touch.by_library().identity_files.size() == 2);
}

TEST_CASE("with BatchMode nothing is asked") {
    Given asking;
    asking.settings.host_key = HostKeyPolicy::ask;
    CHECK(asking.by_library().asks_passphrases);
    asking.with("batchmode", "yes");
    CHECK(asking.by_library().host_key == HostKeyPolicy::strict);
    CHECK_FALSE(asking.by_library().asks_passphrases);
    // The command line wins.
    asking.settings.host_key_wins = true;
    CHECK(asking.by_library().host_key == HostKeyPolicy::ask);
}

TEST_CASE("of ProxyJump and ProxyCommand the first counts") {
    const auto route = [](std::initializer_list<std::pair<std::string, std::string>> lines) {
        Given given;
        for (const auto& [keyword, value] : lines)
            given.with(keyword, value);
        return given.by_library().route;
    };
    const auto jumps = std::get<JumpRoute>(route({{"proxyjump", "a,you@b:2,ssh://me@[::1]:3/"},
                                                  {"proxycommand", "nc %h"}}))
                           .jumps;
    REQUIRE(jumps.size() == 3);
    CHECK(jumps[0].name == "a");
    CHECK(jumps[0].user.empty());
    CHECK_FALSE(jumps[0].port);
    CHECK(jumps[1].name == "b");
    CHECK(jumps[1].user == "you");
    CHECK(jumps[1].port == 2);
    CHECK(jumps[2].name == "::1");
    CHECK(jumps[2].user == "me");
    CHECK(jumps[2].port == 3);
    CHECK(
        std::get<CommandRoute>(route({{"proxycommand", "nc %h %p"}, {"proxyjump", "a"}})).command ==
        "nc alpha 22");
    CHECK(
        std::holds_alternative<DirectRoute>(route({{"proxyjump", "none"}, {"proxycommand", "x"}})));
    CHECK(why("proxyjump", "a:x") == "ProxyJump a:x (~/.ssh/config:1)");
}

TEST_CASE("deadlines are as ssh_config says, where it says something") {
    Given given;
    given.with("connecttimeout", "3").with("serveraliveinterval", "5");
    CHECK(given.by_library().connect_timeout == std::chrono::seconds(3));
    CHECK(given.by_library().alive_interval == std::chrono::seconds(5));
    CHECK(given.by_library().alive_count == 3);
    CHECK(given.with("serveralivecountmax", "7").by_library().alive_count == 7);
    given.settings.connect_timeout_wins = true;
    CHECK(given.by_library().connect_timeout == std::chrono::seconds(10));
    Given defaults;
    defaults.with_default("connecttimeout", "none").with_default("serveraliveinterval", "0");
    defaults.with_default("serveralivecountmax", "3");
    CHECK(defaults.by_library().connect_timeout == std::chrono::seconds(10));
    CHECK(defaults.by_library().alive_interval == HostSettings().alive_interval);
    CHECK(defaults.by_library().alive_count == HostSettings().alive_count);
}

TEST_CASE("lists of algorithms become lists of what the library has") {
    CHECK(Given().with("ciphers", "chacha20-poly1305@openssh.com,3des-cbc").by_library().ciphers ==
          "chacha20-poly1305@openssh.com");
    CHECK(Given().with("kexalgorithms", "-ecdh-*,diffie-*").by_library().key_exchanges ==
          "curve25519-sha256,curve25519-sha256@libssh.org");
    CHECK(why("ciphers", "3des-cbc") == "Ciphers 3des-cbc (~/.ssh/config:1)");
    CHECK(why("hostkeyalgorithms", "+ssh-rsa") == "HostKeyAlgorithms +ssh-rsa (~/.ssh/config:1)");
    CHECK(why("pubkeyacceptedalgorithms", "+ssh-rsa") ==
          "PubkeyAcceptedAlgorithms +ssh-rsa (~/.ssh/config:1)");
    // All that ssh has, as ssh -G lists it, in its order: ours is kept.
    CHECK(Given()
              .with_default("ciphers",
                            "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,"
                            "aes128-gcm@openssh.com,aes256-gcm@openssh.com")
              .by_library()
              .ciphers.empty());
}

TEST_CASE("variables are sent as SendEnv and SetEnv say") {
    using Variables = std::vector<std::pair<std::string, std::string>>;
    CHECK(Given().with("sendenv", "LANG").with("sendenv", "LC_*").by_library().environment ==
          Variables{{"LANG", "C"}, {"LC_ALL", "C"}});
    CHECK(Given().with("sendenv", "L* -LANG NONE").by_library().environment ==
          Variables{{"LANG", "C"}, {"LC_ALL", "C"}});
    CHECK(Given().with("sendenv", "LANG").with("setenv", "LANG=de").by_library().environment ==
          Variables{{"LANG", "de"}});
    CHECK(Given().with("setenv", "A=b c").by_library().environment == Variables{{"A", "b c"}});
}

TEST_CASE("what only ssh can do goes by ssh, with the reason and its place") {
    CHECK(why("forwardagent", "yes") == "ForwardAgent yes (~/.ssh/config:1)");
    CHECK(why("compression", "yes") == "Compression yes (~/.ssh/config:1)");
    CHECK(why("pkcs11provider", "/lib/x") == "PKCS11Provider /lib/x (~/.ssh/config:1)");
    CHECK(why("preferredauthentications", "password") ==
          "PreferredAuthentications password (~/.ssh/config:1)");
    CHECK(why("pubkeyauthentication", "no") == "PubkeyAuthentication no (~/.ssh/config:1)");
    CHECK(why("preferredauthentications", "gssapi-with-mic,hostbased") ==
          "PreferredAuthentications gssapi-with-mic,hostbased (~/.ssh/config:1)");
    const Way forwarding = Given().with("remoteforward", "80 x:80").way();
    CHECK(forwarding.kind == Way::Kind::library);
    CHECK(forwarding.notes ==
          std::vector<std::string>{
              "RemoteForward 80 x:80 (~/.ssh/config:1): forwardings are not set up"});
    CHECK(why("requiredrsasize", "3072") == "RequiredRSASize 3072 (~/.ssh/config:1)");
    // Switched off, it asks for nothing.
    for (const char* keyword : {"forwardagent", "compression", "tunnel", "verifyhostkeydns",
                                "knownhostscommand", "revokedhostkeys"}) {
        CHECK(treatment_of(keyword) == Treatment::needs_ssh);
        (void)Given().with(keyword, "no").by_library();
    }
    CHECK(Given()
              .with("remoteforward", "80 x:80")
              .with("clearallforwardings", "yes")
              .way()
              .notes.empty());
    (void)Given().with("preferredauthentications", "gssapi-with-mic,publickey").by_library();
    // The first reason is told.
    CHECK(Given().with("tunnel", "yes").with("forwardagent", "yes").why() ==
          "Tunnel yes (~/.ssh/config:1)");
}

TEST_CASE(
    "ways to authenticate are tried in the order of ssh_config, those switched off not at all") {
    using Words = std::vector<std::string>;
    CHECK(Given().by_library().authentications ==
          Words{"publickey", "keyboard-interactive", "password"});
    CHECK(Given()
              .with("preferredauthentications", "password,gssapi-with-mic,publickey")
              .by_library()
              .authentications == Words{"password", "publickey"});
    CHECK(Given()
              .with("passwordauthentication", "no")
              .with("kbdinteractiveauthentication", "no")
              .by_library()
              .authentications == Words{"publickey"});
    // Public keys can be missed where there is a password.
    Given given;
    given.settings.password = std::make_shared<const remuda::Secret>(std::string("s3cret"));
    given.with("pubkeyauthentication", "no").with("passwordauthentication", "no");
    CHECK(given.by_library().authentications == Words{"keyboard-interactive"});
    CHECK(given.with("kbdinteractiveauthentication", "no").why() ==
          "PubkeyAuthentication no (~/.ssh/config:1)");
}

TEST_CASE("certificates that are named are used, with their tokens") {
    CHECK(Given().with("certificatefile", "~/c-%h.pub").by_library().certificate_files ==
          std::vector<std::string>{"/home/me/c-alpha.pub"});
    CHECK(Given().with("certificatefile", "none").by_library().certificate_files.empty());
}

TEST_CASE("GSSAPI is wanted where the user says so, or has a ticket") {
    CHECK(why("gssapiauthentication", "yes") == "GSSAPIAuthentication yes (~/.ssh/config:1)");
    Given given;
    given.options.add({"gssapiauthentication", "yes", {"/etc/ssh/ssh_config", 52}});
    (void)given.by_library();
    given.settings.has_ticket = true;
    CHECK(given.why() == "GSSAPIAuthentication yes (/etc/ssh/ssh_config:52)");
}

TEST_CASE("a keyword that nobody has classified goes by ssh") {
    CHECK_FALSE(treatment_of("teleportation"));
    CHECK(why("teleportation", "yes") == "teleportation yes (~/.ssh/config:1)");
    CHECK(treatment_of("canonicalizePermittedcnames") == Treatment::passed_over);
    CHECK(treatment_of("localforward") == Treatment::passed_over);
    CHECK(treatment_of("hostname") == Treatment::honoured);
    for (const char* keyword : {"escapechar", "visualhostkey", "requesttty", "loglevel"}) {
        (void)Given().with(keyword, "whatever").by_library();
    }
}

TEST_CASE("a host that ssh_config refuses is refused") {
    Given given;
    given.with("refuseconnection", "moved to beta");
    const auto way = choose_way(given.host, given.options, given.settings, given.environment);
    REQUIRE_FALSE(way);
    CHECK(way.error().code() == Code::invalid_input);
    CHECK(way.error().text() ==
          "ssh_config refuses connections to alpha: moved to beta (~/.ssh/config:1)");
}
