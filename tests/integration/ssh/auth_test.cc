// SPDX-License-Identifier: MIT
//
// Logging in to real servers with certificates, many keys, locked keys and passwords.
#include "ssh_world.h"
#include "support/asking_sshd.h"
#include "support/program.h"
#include "support/relay.h"
#include "support/ssh_agent.h"

#include <doctest/doctest.h>

#include <poll.h>

using namespace remuda::test;

namespace {

// A folder with a certificate authority, and keys that it certifies.
struct Authority {
    TempDir dir;

    Authority() { keygen({"-t", "ed25519", "-N", "", "-f", dir.path("ca")}); }

    static void keygen(std::vector<std::string> words) {
        words.insert(words.begin(), {"ssh-keygen", "-q"});
        const Finished made = run_program(words);
        INFO(made.errors);
        REQUIRE(made.exit_status == 0);
    }
    [[nodiscard]] std::string key(const std::string& name, const std::string& type,
                                  const std::string& passphrase = "") const {
        std::string path = dir.path(name);
        keygen({"-t", type, "-N", passphrase, "-C", name, "-f", path});
        return path;
    }
    // Path of the key; its certificate is beside it.
    [[nodiscard]] std::string certified(const std::string& name, const std::string& type,
                                        const std::string& passphrase = "") const {
        std::string path = key(name, type, passphrase);
        keygen({"-s", dir.path("ca"), "-I", name, "-n", current_user(), path + ".pub"});
        return path;
    }
    // A server that trusts it.
    [[nodiscard]] SshdOptions server() const {
        return with_config("TrustedUserCAKeys " + dir.path("ca.pub") + "\n");
    }
};

Host host_with(const Sshd& server, const std::vector<std::string>& files) {
    Host host = host_of(server);
    host.identity_files = files;
    return host;
}

// Logs in, and tells with what.
remuda::ssh::HostCheck checked(const User& user, const Host& host, std::string* notes = nullptr) {
    Loop loop;
    std::string said;
    remuda::Log log(remuda::LogLevel::protocol, [&](remuda::LogLevel, std::string_view text) {
        said += std::string(text) + "\n";
    });
    Client client(loop, user.settings, log);
    remuda::ssh::HostCheck check;
    const auto run = [](Client& with, Host at, remuda::ssh::HostCheck& to) -> Task<> {
        Stop stop;
        to = co_await with.check(std::move(at), stop);
    };
    loop.run(run(client, host, check));
    if (notes != nullptr) *notes = said;
    return check;
}

std::string failure_of(const remuda::ssh::HostCheck& check) {
    return check.failure ? check.failure->text() : "";
}

const std::string kByPassword = "PasswordAuthentication yes\n";
const std::string kByPrompts = "KbdInteractiveAuthentication yes\n";

void give_password(User& user, const std::string& password) {
    user.settings.password = std::make_shared<const remuda::Secret>(password);
}

void read_config(User& user, const std::string& text) {
    remuda::ssh_config::Environment environment;
    environment.user_config = user.home.path("config");
    environment.home = user.home.path();
    environment.user = current_user();
    environment.uid = ::getuid();
    environment.variable = [](const std::string&) { return std::nullopt; };
    user.settings.ssh_config = environment;
    REQUIRE(remuda::replace_file(environment.user_config, text));
}

// Whoever is asked for a passphrase, with what was asked and what is answered.
struct Asked {
    std::vector<std::string> questions;
    std::vector<std::string> answers;

    Task<std::optional<remuda::Secret>> ask(std::string question, Loop& loop) {
        questions.push_back(std::move(question));
        const std::size_t turn = questions.size() - 1;
        // Those who come meanwhile wait for this one.
        co_await loop.yield();
        if (turn >= answers.size()) co_return std::nullopt;
        co_return remuda::Secret(answers[turn]);
    }
};

void set_asked(User& user, Asked& asked, Loop& loop) {
    user.settings.ask_secret = [&asked, &loop](std::string question, Stop&) {
        return asked.ask(std::move(question), loop);
    };
}

Task<> check_all(Client& client, const std::vector<Host>& hosts,
                 std::vector<remuda::ssh::HostCheck>& checks, Loop& loop) {
    const auto check = [](Client& with, Host host, remuda::ssh::HostCheck& to) -> Task<> {
        Stop stop;
        to = co_await with.check(std::move(host), stop);
    };
    Scope scope(loop);
    for (std::size_t i = 0; i < hosts.size(); ++i)
        scope.spawn(check(client, hosts[i], checks[i]));
    co_await scope.join();
}

std::vector<remuda::ssh::HostCheck> checked_all(Loop& loop, const User& user,
                                                const std::vector<Host>& hosts) {
    std::vector<remuda::ssh::HostCheck> checks(hosts.size());
    Client client(loop, user.settings, remuda::Log());
    loop.run(check_all(client, hosts, checks, loop));
    return checks;
}

std::size_t count_of(const std::string& text, const std::string& piece) {
    std::size_t count = 0;
    for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1))
        ++count;
    return count;
}

// sshd may write its log after it has answered.
std::size_t logged(const Sshd& server, const std::string& piece, std::size_t expected) {
    std::size_t count = 0;
    for (int tries = 0; tries < 2000; ++tries) {
        count = count_of(server.log(), piece);
        if (count >= expected) break;
        ::poll(nullptr, 0, 5);
    }
    return count;
}

}  // namespace

TEST_CASE("the certificate beside a key file logs in, for keys of every type") {
    require_sshd();
    const Authority authority;
    const Sshd server(authority.server());
    User user;
    user.trust(server);
    for (const char* type : {"ed25519", "ecdsa", "rsa"}) {
        CAPTURE(type);
        const std::string key = authority.certified(type, type);
        const auto check = checked(user, host_with(server, {key}));
        CHECK(failure_of(check).empty());
        CHECK(check.identity == key + "-cert.pub");
    }
    CHECK(logged(server, "Accepted publickey", 3) == 3);
    CHECK(logged(server, "CA ED25519", 3) >= 3);
}

TEST_CASE("a named certificate is offered first, signed for by the agent or the file") {
    require_sshd();
    const Authority authority;
    const Sshd server(authority.server());
    User user;
    user.trust(server);
    const std::string key = authority.certified("key", "ed25519");
    const std::string certificate = authority.dir.path("elsewhere.pub");
    REQUIRE(::rename((key + "-cert.pub").c_str(), certificate.c_str()) == 0);
    read_config(user, "CertificateFile " + certificate + "\n");
    const auto by_file = checked(user, host_with(server, {key}));
    CHECK(failure_of(by_file).empty());
    CHECK(by_file.identity == certificate);

    SshAgent agent(authority.dir.path("agent"));
    REQUIRE(agent.run({"ssh-add", "-q", key}).exit_status == 0);
    user.settings.agent_socket = agent.path();
    const auto by_agent = checked(user, host_with(server, {authority.dir.path("none")}));
    CHECK(failure_of(by_agent).find(certificate + ": its key is neither in a file") ==
          std::string::npos);
    CHECK(by_agent.identity == certificate);

    user.settings.agent_socket.clear();
    const auto without = checked(user, host_with(server, {authority.dir.path("none")}));
    CHECK(
        failure_of(without).find(certificate + ": its key is neither in a file nor in the agent") !=
        std::string::npos);
}

TEST_CASE("a certificate that the agent holds logs in") {
    require_sshd();
    const Authority authority;
    const Sshd server(authority.server());
    User user;
    user.trust(server);
    SshAgent agent(authority.dir.path("agent"));
    const std::string key = authority.certified("held", "rsa");
    REQUIRE(agent.run({"ssh-add", "-q", key}).exit_status == 0);
    user.settings.agent_socket = agent.path();
    Host host = host_of(server);
    host.identity_files.clear();
    const auto check = checked(user, host);
    CHECK(failure_of(check).empty());
    CHECK(logged(server, "CA ED25519", 1) >= 1);
}

TEST_CASE("the ninth of ten keys gets in although the server cuts after six, and is first then") {
    require_sshd();
    const Authority authority;
    const Sshd server;
    User user;
    user.trust(server);
    SshAgent agent(authority.dir.path("agent"));
    for (int i = 1; i <= 10; ++i) {
        const std::string key = i == 9 ? SshKeys::shared().user_key()
                                       : authority.key("key" + std::to_string(i), "ed25519");
        REQUIRE(agent.run({"ssh-add", "-q", key}).exit_status == 0);
    }
    user.settings.agent_socket = agent.path();
    Host host = host_of(server);
    host.identity_files.clear();
    Loop loop;
    // More commands at once than a connection has room for: a second login.
    const std::string script =
        "touch \"$HOME\"/$$; until [ $(ls \"$HOME\" | wc -l) -ge 9 ]; do sleep 0.02; done";
    std::vector<CommandResult> results(9);
    const Opened opened = with_host(loop, user, host, [&](Transport& transport) {
        return run_many(loop, transport, script, results);
    });
    INFO((opened.result ? "" : opened.result.error().text()));
    REQUIRE(opened.result);
    CHECK(logged(server, "Too many authentication failures", 1) == 1);
    CHECK(logged(server, "Failed publickey", 8) == 8);
    CHECK(logged(server, "Accepted publickey", 2) == 2);
}

TEST_CASE("a server that refuses every key is left after three connections") {
    require_sshd();
    const Authority authority;
    const Sshd server(with_config("MaxAuthTries 2\n"));
    User user;
    user.trust(server);
    std::vector<std::string> keys;
    keys.reserve(8);
    for (int i = 0; i < 8; ++i)
        keys.push_back(authority.key("key" + std::to_string(i), "ed25519"));
    const auto check = checked(user, host_with(server, keys));
    REQUIRE(check.failure);
    CHECK(check.failure->code() == remuda::Code::not_authorised);
    CHECK(failure_of(check).find("6 keys were refused over several connections, and there are "
                                 "more: name the right one") != std::string::npos);
    CHECK(logged(server, "Connection from", 3) == 3);

    keys.resize(6);
    const auto all = checked(user, host_with(server, keys));
    CHECK(
        failure_of(all).starts_with("login as " + current_user() + " refused; tried: " + keys[0]));
}

TEST_CASE("a password is given by either method, and only if there is one") {
    require_sshd();
    for (const std::string& method : {kByPassword, kByPrompts}) {
        CAPTURE(method);
        const Sshd server(asking("s3cret=Password: ", method + "PubkeyAuthentication no\n"));
        User user;
        user.trust(server);
        const auto without = checked(user, host_of(server));
        CHECK(failure_of(without).find("(--ask-password gives one)") != std::string::npos);

        give_password(user, "s3cret");
        std::string notes;
        const auto check = checked(user, host_of(server), &notes);
        CHECK(failure_of(check).empty());
        CHECK(check.identity == "a password");
        CHECK(notes.find("s3cret") == std::string::npos);

        give_password(user, "wrong");
        const auto wrong = checked(user, host_of(server), &notes);
        REQUIRE(wrong.failure);
        CHECK(wrong.failure->code() == remuda::Code::not_authorised);
        CHECK(failure_of(wrong).find("tried: the password") != std::string::npos);
        CHECK((failure_of(wrong) + notes).find("wrong") == std::string::npos);
    }
}

TEST_CASE("a wrong password is tried once, although the server takes it in two ways") {
    require_sshd();
    const Sshd server(asking("s3cret=Password: ", kByPassword + kByPrompts));
    User user;
    user.trust(server);
    give_password(user, "wrong");
    Host host = host_of(server);
    host.identity_files = {SshKeys::shared().host_key()};
    const auto check = checked(user, host);
    CHECK(failure_of(check) == "login as " + current_user() + " refused; tried: " +
                                   SshKeys::shared().host_key() + ", the password");
    CHECK(logged(server, "Failed keyboard-interactive", 1) == 1);
    CHECK(count_of(server.log(), "Failed password") == 0);
}

TEST_CASE("a key that fits is taken before the password") {
    require_sshd();
    const Sshd server(asking("s3cret=Password: ", kByPassword));
    User user;
    user.trust(server);
    give_password(user, "s3cret");
    const auto check = checked(user, host_of(server));
    CHECK(failure_of(check).empty());
    CHECK(check.identity == SshKeys::shared().user_key());
}

TEST_CASE("key and password are given to a server that wants both") {
    require_sshd();
    for (const char* order :
         {"publickey,password", "password,publickey", "publickey,keyboard-interactive"}) {
        CAPTURE(order);
        const Sshd server(asking("s3cret=Password: ", kByPassword + kByPrompts +
                                                          "AuthenticationMethods " + order + "\n"));
        User user;
        user.trust(server);
        give_password(user, "s3cret");
        CHECK(failure_of(checked(user, host_of(server))).empty());
        user.settings.password.reset();
        CHECK(failure_of(checked(user, host_of(server))).find("the server") != std::string::npos);
    }
}

TEST_CASE("prompts that are not for the password are not answered") {
    require_sshd();
    struct Case {
        const char* prompts;
        bool is_together;
        const char* told;
    };
    for (const Case& each : {Case{"s3cret=Password: \n1234=Verification code: ", false,
                                  "the server asks \"Verification code:\""},
                             Case{"s3cret=Password: \n1234=Verification code: ", true,
                                  "the server asks \"Verification code:\""},
                             Case{"+s3cret=Your name: ", false, "the server asks \"Your name:\""},
                             Case{"s3cret=Password: \ns3cret=New password: ", false,
                                  "the server asks \"New password:\""}}) {
        CAPTURE(each.prompts);
        SshdOptions options = asking(each.prompts, kByPrompts + "PubkeyAuthentication no\n");
        if (each.is_together) options.environment.emplace_back("REMUDA_TEST_TOGETHER", "1");
        const Sshd server(options);
        User user;
        user.trust(server);
        give_password(user, "s3cret");
        const auto check = checked(user, host_of(server));
        CHECK(failure_of(check).find(each.told) != std::string::npos);
        CHECK(server.log().find("Accepted") == std::string::npos);
    }
}

TEST_CASE("a locked key is asked for once for all hosts, when the server takes it") {
    require_sshd();
    const Authority authority;
    std::vector<std::unique_ptr<Sshd>> servers;
    User user;
    std::vector<Host> hosts;
    const std::string key = authority.certified("locked", "ed25519", "open sesame");
    const std::string other = authority.key("other", "ed25519", "never asked for");
    for (int i = 0; i < 3; ++i) {
        servers.push_back(std::make_unique<Sshd>(authority.server()));
        user.trust(*servers.back());
        hosts.push_back(host_with(*servers.back(), {other, key}));
    }
    Loop loop;
    Asked asked;
    asked.answers = {"wrong", "open sesame"};
    set_asked(user, asked, loop);
    for (const auto& check : checked_all(loop, user, hosts)) {
        CHECK(failure_of(check).empty());
        CHECK(check.identity == key + "-cert.pub");
    }
    const std::string question = "Enter passphrase for key '" + key + "': ";
    CHECK(asked.questions ==
          std::vector<std::string>{question, "That is not its passphrase. " + question});
}

TEST_CASE("no passphrase is asked for where another key gets in") {
    require_sshd();
    const Authority authority;
    const Sshd server;
    User user;
    user.trust(server);
    const std::string locked = authority.key("locked", "ed25519", "open sesame");
    Loop loop;
    Asked asked;
    set_asked(user, asked, loop);
    const auto checks =
        checked_all(loop, user, {host_with(server, {locked, SshKeys::shared().user_key()})});
    CHECK(failure_of(checks[0]).empty());
    CHECK(asked.questions.empty());
}

TEST_CASE("without its passphrase a key is left out, with the reason") {
    require_sshd();
    const Authority authority;
    const Sshd server(authority.server());
    User user;
    user.trust(server);
    const std::string locked = authority.certified("locked", "ecdsa", "open sesame");
    Loop loop;
    Asked wrong;
    wrong.answers = {"1", "2", "3", "4"};
    set_asked(user, wrong, loop);
    const auto refused = checked_all(loop, user, {host_with(server, {locked})});
    CHECK(failure_of(refused[0]).find(locked + ": the passphrase was wrong") != std::string::npos);
    CHECK(wrong.questions.size() == 3);

    Asked nobody;
    set_asked(user, nobody, loop);
    const auto silent = checked_all(loop, user, {host_with(server, {locked})});
    CHECK(failure_of(silent[0]).find(locked + ": no passphrase was given") != std::string::npos);
    CHECK(nobody.questions.size() == 1);

    user.settings.ask_secret = nullptr;
    const auto off_terminal = checked_all(loop, user, {host_with(server, {locked})});
    CHECK(failure_of(off_terminal[0]).find("add it to ssh-agent (ssh-add " + locked + ")") !=
          std::string::npos);
}

TEST_CASE("a locked key that shows its public half to nobody is asked for at its turn") {
    require_sshd();
    const Authority authority;
    const Sshd server;
    User user;
    user.trust(server);
    const std::string locked = authority.dir.path("pem");
    Authority::keygen({"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "open sesame", "-f", locked});
    REQUIRE(::unlink((locked + ".pub").c_str()) == 0);
    Loop loop;
    Asked asked;
    asked.answers = {"open sesame"};
    set_asked(user, asked, loop);
    const auto checks =
        checked_all(loop, user, {host_with(server, {locked, SshKeys::shared().user_key()})});
    CHECK(failure_of(checks[0]).empty());
    CHECK(checks[0].identity == SshKeys::shared().user_key());
    CHECK(asked.questions.size() == 1);
}

TEST_CASE("a server that drops connections before its greeting is tried again, not blindly") {
    require_sshd();
    const Sshd server;
    User user;
    user.settings.host_key = remuda::ssh::HostKeyPolicy::accept_new;
    Relay relay("127.0.0.1", server.address(), server.port());
    relay.turn_away(3);
    Host host = host_of(server);
    host.name = "127.0.0.1";
    host.port = relay.port();
    CHECK(failure_of(checked(user, host)).empty());
    CHECK(logged(server, "Connection from", 1) == 1);

    // Who was refused is not tried again.
    host.identity_files = {SshKeys::shared().host_key()};
    const auto refused = checked(user, host);
    REQUIRE(refused.failure);
    CHECK(refused.failure->code() == remuda::Code::not_authorised);
    CHECK(logged(server, "Connection from", 2) == 2);
}

TEST_CASE("a password is not given to a jump host") {
    require_sshd();
    const Sshd bastion(asking("s3cret=Password: ", kByPassword));
    const Sshd server;
    User user;
    user.trust(bastion);
    user.trust(server);
    give_password(user, "s3cret");
    read_config(user, fmt::format("Host {}\nPort {}\nIdentityFile {}\nHost {}\nProxyJump {}\n",
                                  bastion.address(), bastion.port(), SshKeys::shared().host_key(),
                                  server.address(), bastion.address()));
    const auto check = checked(user, host_of(server));
    CHECK(failure_of(check).find("refused; tried: " + SshKeys::shared().host_key()) !=
          std::string::npos);
    CHECK(bastion.log().find("password") == std::string::npos);
}
