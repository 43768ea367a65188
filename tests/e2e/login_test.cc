// SPDX-License-Identifier: MIT
//
// Secrets that people type, or keep in a file: asked for once, shown nowhere.
#include "support/asking_sshd.h"
#include "terminal.h"
#include "user.h"

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <sys/stat.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::require_sshd;
using remuda::test::run_program;
using remuda::test::Sshd;
using remuda::test::SshdOptions;
using remuda::test::Terminal;
using remuda::test::text_of;
using remuda::test::User;

namespace {

constexpr unsigned short kColumns = 100;
const std::string kShowEcho =
    "stty -a | tr ' ;' '\\n\\n' | grep -x -e echo -e -echo; echo do''ne\n";

// A key with the passphrase "open sesame", and a server that takes no other.
struct Locked {
    User user;
    std::string key = user.path("locked");

    Locked() {
        require_sshd();
        const Finished made =
            run_program({"ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", key});
        REQUIRE(made.exit_status == 0);
        user.write("queue.yaml", "- echo hi\n");
    }
    [[nodiscard]] SshdOptions server() const {
        SshdOptions options;
        options.config = "AuthorizedKeysFile " + key + ".pub\n";
        return options;
    }
    [[nodiscard]] std::string item(const Sshd& server) const {
        user.trust(server);
        return "- hostname: \"" + address_of(server) + "\"\n  host: {identity_file: " + key + "}\n";
    }
};

// Prompts for a password, "s3cret".
struct Asking {
    User user;
    Sshd server{remuda::test::asking(
        "s3cret=Password: ", "KbdInteractiveAuthentication yes\nPubkeyAuthentication no\n")};

    Asking() {
        user.trust(server);
        user.write("hosts.yaml", "- \"" + address_of(server) + "\"\n");
        user.write("queue.yaml", "- echo hi\n");
    }
};

}  // namespace

TEST_CASE("a passphrase is asked for once for all hosts, and never shown") {
    const Locked locked;
    const Sshd first(locked.server());
    const Sshd second(locked.server());
    locked.user.write("hosts.yaml", locked.item(first) + locked.item(second));
    locked.user.write("queue.yaml", "- echo one\n- echo two\n");
    Terminal terminal(locked.user, {"q", "-v"}, kColumns);
    terminal.read_until("Enter passphrase for key '" + locked.key + "': ");
    terminal.type("wrong horse\n");
    terminal.read_until("That is not its passphrase.");
    terminal.type("open sesame\n");
    CHECK(terminal.finish() == 0);
    INFO(terminal.bytes());
    CHECK(count_of(terminal.bytes(), "Enter passphrase") == 2);
    CHECK(!contains(terminal.bytes(), "sesame"));
    CHECK(!contains(terminal.bytes(), "horse"));
    CHECK(contains(terminal.bytes(), "2 ok"));
}

TEST_CASE("off a terminal a locked key is told of, with the remedy") {
    const Locked locked;
    const Sshd server(locked.server());
    locked.user.write("hosts.yaml", locked.item(server));
    const Finished finished = locked.user.run({"q"});
    INFO(finished.errors);
    CHECK(finished.exit_status != 0);
    CHECK(contains(finished.errors,
                   "needs a passphrase: add it to ssh-agent (ssh-add " + locked.key + ")"));
}

TEST_CASE("SSH_ASKPASS asks for a passphrase where ssh would have it ask") {
    const Locked locked;
    const Sshd server(locked.server());
    locked.user.write("hosts.yaml", locked.item(server));
    const std::string program = locked.user.path("askpass");
    locked.user.write("askpass", "#!/bin/sh\nprintf '%s\\n' \"$1\" >>" + locked.user.path("asked") +
                                     "\necho 'open sesame'\n");
    REQUIRE(::chmod(program.c_str(), 0700) == 0);
    const auto asked = [&](const remuda::test::Environment& more) {
        locked.user.write("asked", "");
        locked.user.write("queue.yaml", "- echo hi\n- echo ho\n");
        remuda::test::Environment all{{"SSH_ASKPASS", program}};
        all.insert(all.end(), more.begin(), more.end());
        const Finished finished = locked.user.run({"q"}, all);
        INFO(finished.errors);
        const std::string questions = locked.user.read("asked");
        CHECK((finished.exit_status == 0) == !questions.empty());
        CHECK(!contains(finished.output + finished.errors, "sesame"));
        return questions;
    };
    const std::string question = "Enter passphrase for key '" + locked.key + "': \n";
    CHECK(asked({{"SSH_ASKPASS_REQUIRE", "force"}}) == question);
    CHECK(asked({{"DISPLAY", ":0"}}) == question);
    CHECK(asked({}).empty());
    CHECK(asked({{"SSH_ASKPASS_REQUIRE", "prefer"}}).empty());
    CHECK(asked({{"DISPLAY", ":0"}, {"SSH_ASKPASS_REQUIRE", "never"}}).empty());
    // It may be asked again, and cancelled.
    locked.user.write("askpass", "#!/bin/sh\nexit 1\n");
    const Finished cancelled =
        locked.user.run({"q"}, {{"SSH_ASKPASS", program}, {"SSH_ASKPASS_REQUIRE", "force"}});
    CHECK(contains(cancelled.errors, locked.key + ": no passphrase was given"));
}

TEST_CASE("with BatchMode nothing is asked, on a terminal either") {
    const Locked locked;
    const Sshd server(locked.server());
    const auto shown = [&](const std::string& known) {
        locked.user.write("known", known);
        locked.user.write("hosts.yaml", "- box\n");
        locked.user.write("ssh_config", "Host box\n  HostName " + server.address() + "\n  Port " +
                                            std::to_string(server.port()) + "\n  IdentityFile " +
                                            locked.key + "\n  UserKnownHostsFile " +
                                            locked.user.path("known") + "\n  BatchMode yes\n");
        Terminal terminal(locked.user, {"q", "--ssh-config", "ssh_config"}, kColumns);
        CHECK(terminal.finish() != 0);
        return terminal.bytes();
    };
    const std::string locked_out = shown(server.known_hosts());
    INFO(locked_out);
    CHECK(!contains(locked_out, "Enter passphrase"));
    CHECK(contains(locked_out, "needs a passphrase"));
    const std::string stranger = shown("");
    INFO(stranger);
    CHECK(contains(stranger, "host key not known"));
}

TEST_CASE("ctrl-c and ctrl-z at a question leave the terminal as it was") {
    const Locked locked;
    const Sshd server(locked.server());
    locked.user.write("hosts.yaml", locked.item(server));
    auto terminal = Terminal::with_shell(locked.user, kColumns);
    const auto shows_echo = [&] {
        const std::size_t before = terminal.bytes().size();
        terminal.type(kShowEcho);
        terminal.read_until("done", before);
        INFO(terminal.bytes());
        const std::string shown = terminal.bytes().substr(before);
        CHECK(contains(shown, "echo\r\ndone"));
        CHECK(!contains(shown, "-echo\r\n"));
    };

    terminal.type(std::string("'") + REMUDA_BINARY + "' q\n");
    terminal.read_until("Enter passphrase for key");
    terminal.type("\x1A");
    terminal.read_until("Stopped");
    shows_echo();
    const std::size_t before = terminal.bytes().size();
    terminal.type("fg\n");
    terminal.read_until("Enter passphrase for key", before);
    terminal.type("\x03");
    terminal.read_until("stopped in", before);
    shows_echo();
    terminal.type("exit\n");
    (void)terminal.finish();
}

// In a shell, a run with a job that ends when there is a file "go", and a host that has a question.
struct Questioned {
    Locked locked;
    Sshd server{locked.server()};
    Terminal terminal = Terminal::with_shell(locked.user, kColumns);

    Questioned() {
        locked.user.write("hosts.yaml", "- localhost\n" + locked.item(server));
        locked.user.write("queue.yaml", "- while [ ! -e go ]; do sleep 0.02; done\n");
    }
    void ask(const std::string& question) {
        terminal.type(std::string("'") + REMUDA_BINARY + "' q\n");
        terminal.read_until(question);
        terminal.type("touch spill");
    }
    void expect_withdrawn() {
        terminal.read_until("the question is withdrawn: no answer is needed any more");
        locked.user.write("go", "");
        terminal.read_until("1 ok");
        terminal.type("\n");
        const std::size_t before = terminal.bytes().size();
        terminal.type(kShowEcho);
        terminal.read_until("done", before);
        INFO(terminal.bytes());
        CHECK(contains(terminal.bytes().substr(before), "echo\r\ndone"));
        CHECK(!locked.user.has("spill"));
        terminal.type("exit\n");
        (void)terminal.finish();
    }
};

TEST_CASE("a passphrase that nobody needs any more is not asked for any longer") {
    Questioned world;
    world.ask("Enter passphrase for key");
    world.locked.user.write("go", "");
    world.expect_withdrawn();
}

TEST_CASE("a question about a host key is withdrawn when the run is over") {
    Questioned world;
    std::filesystem::remove(world.locked.user.known_hosts());
    world.ask("Trust it and remember its key?");
    world.locked.user.write("go", "");
    world.expect_withdrawn();
}

TEST_CASE("a question is withdrawn when the user stops the run") {
    Questioned world;
    world.ask("Enter passphrase for key");
    world.terminal.type("\x03");
    world.expect_withdrawn();
}

TEST_CASE("a password is asked for before anything is connected, and goes nowhere else") {
    const Asking asking;
    Terminal terminal(asking.user, {"q", "--ask-password", "-v"}, kColumns);
    terminal.read_until("Password for the hosts: ");
    CHECK(!contains(asking.server.log(), "Connection from"));
    terminal.type("s3cret\n");
    CHECK(terminal.finish() == 0);
    INFO(terminal.bytes());
    CHECK(contains(terminal.bytes(), "1 ok"));
    CHECK(!contains(terminal.bytes(), "s3cret"));
}

TEST_CASE("without a terminal there is nobody to ask for a password") {
    const Asking asking;
    for (const char* command : {"q", "b"}) {
        const Finished finished = asking.user.run({command, "--ask-password"});
        INFO(finished.errors);
        CHECK(finished.exit_status == 2);
        CHECK(contains(finished.errors, "--ask-password needs a terminal; --password-file FILE"));
    }
}

TEST_CASE("a password is read from a file that nobody else can read") {
    const Asking asking;
    asking.user.write("secret", "s3cret\nmore\n");
    const std::string path = asking.user.path("secret");
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    const Finished exposed = asking.user.run({"q", "--password-file", "secret"});
    CHECK(exposed.exit_status == 2);
    CHECK(contains(exposed.errors, "secret can be read by others: chmod 600 secret"));
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    const Finished checked = asking.user.run({"hosts", "check", "-v", "--password-file", "secret"});
    INFO(checked.errors);
    CHECK(checked.exit_status == 0);
    CHECK(contains(checked.output, "a password"));
    const Finished finished = asking.user.run({"q", "-v", "--password-file", "secret"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(!contains(finished.output + finished.errors + checked.output + checked.errors, "s3cret"));

    // Nor do our children see it, or whoever looks at our command line.
    asking.user.write("hosts.yaml", asking.user.read("hosts.yaml") + "- localhost\n");
    asking.user.write("queue.yaml", "- env; tr '\\0' ' ' < /proc/$PPID/cmdline\n");
    const Finished everywhere = asking.user.run({"b", "-v", "--password-file", "secret"});
    INFO(everywhere.output);
    CHECK(everywhere.exit_status == 0);
    CHECK(contains(everywhere.output, "b -v --password-file secret"));
    CHECK(!contains(everywhere.output + everywhere.errors, "s3cret"));
    asking.user.write("secret", "\n");
    const Finished empty = asking.user.run({"q", "--password-file", "secret"});
    CHECK(empty.exit_status == 2);
    CHECK(contains(empty.errors, "there is no password in its first line"));
    const Finished both = asking.user.run({"q", "--password-file", "secret", "--ask-password"});
    CHECK(both.exit_status == 2);
}

TEST_CASE("a wrong password is told of, without it") {
    const Asking asking;
    asking.user.write("secret", "horse\n");
    REQUIRE(::chmod(asking.user.path("secret").c_str(), 0600) == 0);
    const Finished finished = asking.user.run({"hosts", "check", "--password-file", "secret"});
    CHECK(finished.exit_status == 5);
    CHECK(contains(finished.output + finished.errors, "tried: the password"));
    CHECK(!contains(finished.output + finished.errors, "horse"));
}
