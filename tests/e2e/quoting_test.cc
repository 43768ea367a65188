// SPDX-License-Identifier: MIT
//
// A command reaches the shell as it was written, over ssh as on this machine.
#include "support/execution.h"
#include "user.h"

#include <string>

#include <doctest/doctest.h>

using remuda::test::address_of;
using remuda::test::awkward_text;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::Sshd;
using remuda::test::User;

namespace {

// `script` as one job of a queue, a YAML block scalar that keeps every line.
std::string block_scalar(const std::string& script) {
    std::string text = "- |+\n";
    for (const std::string& line : lines_of(script))
        text += line.empty() ? "\n" : "  " + line + "\n";
    return text;
}

// What `script` leaves in the file `bytes` when it is run as a job on `host`.
std::string result_on(const User& user, const std::string& host, const std::string& script) {
    user.write("hosts.yaml", "- \"" + host + "\"\n");
    user.write("queue.yaml", block_scalar(script));
    const Finished finished = user.run({"q"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    return user.read("bytes");
}

// A here-document whose text no shell touches, into the project's file `bytes`.
std::string written_as_is(const User& user, const std::string& text) {
    return "cat > '" + user.path("bytes") + "' <<'END OF TEXT'\n" + text + "\nEND OF TEXT\n";
}

}  // namespace

TEST_CASE("quotes, newlines, dollars, backslashes and UTF-8 arrive as they were written") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    const std::string text = awkward_text();
    const std::string script = written_as_is(user, text);
    for (const std::string& host : {std::string("localhost"), address_of(server)}) {
        INFO(host);
        CHECK(result_on(user, host, script) == text + "\n");
        user.write("bytes", "");
    }
}

TEST_CASE("the shell sees the same script on both ways") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    const std::string script =
        "x='it'\\''s'\n"
        "printf '%s\\n' \"$x\" \"a\\\\b\" 'c\\d' \"$((1 + 2))\" \"`echo back`\" > '" +
        user.path("bytes") + "'\n# a comment with 'one quote\n";
    for (const std::string& host : {std::string("localhost"), address_of(server)}) {
        INFO(host);
        CHECK(result_on(user, host, script) == "it's\na\\b\nc\\d\n3\nback\n");
        user.write("bytes", "");
    }
}

TEST_CASE("a parameter's value goes through shell_quote unharmed") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    user.write("queue.yaml", "");
    for (const std::string& host : {std::string("localhost"), address_of(server)}) {
        INFO(host);
        user.write("hosts.yaml", "- \"" + host + "\"\n");
        user.write("queue.yaml",
                   "- command: printf '%s' {{ shell_quote text }}\n"
                   "  text:\n    - |\n      it's \"q\" $HOME `x` \\ *\n      é 漢字\n");
        const Finished finished = user.run({"q"});
        CHECK(finished.exit_status == 0);
        CHECK(lines_of(finished.output) ==
              remuda::test::Words{"[" + host + "] it's \"q\" $HOME `x` \\ *",
                                  "[" + host + "] é 漢字"});
    }
}
