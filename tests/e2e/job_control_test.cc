// SPDX-License-Identifier: MIT
//
// Ctrl-z and fg, and output that does not come line by line, on a terminal.
#include "terminal.h"
#include "user.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::screen_of;
using remuda::test::Terminal;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

constexpr unsigned short kColumns = 100;

std::string screen_text(const Terminal& terminal) {
    std::string text;
    for (const std::string& line : screen_of(terminal.bytes(), kColumns))
        text += line + "\n";
    return text;
}

}  // namespace

TEST_CASE("ctrl-z stops remuda and leaves a clean line; its jobs go on; fg brings it back") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- until [ -e " + user.path("go") + " ]; do sleep 0.05; done; touch " +
                                 user.path("ended") + "\n- echo second\n");
    Terminal terminal = Terminal::with_shell(user, kColumns);
    terminal.type(std::string("'") + REMUDA_BINARY + "' q\n");
    terminal.read_until("1 running, 1 queued");
    terminal.type("\x1A");
    // The shell has the terminal again.
    terminal.read_until("Stopped");
    terminal.type("echo seven is $((3+4))\n");
    terminal.read_until("seven is 7");
    INFO(terminal.bytes());
    CHECK(!contains(screen_text(terminal), "1 running, 1 queued"));
    user.write("go", "");
    REQUIRE(wait_until([&] { return user.has("ended"); }));
    CHECK(!contains(terminal.bytes(), "second"));

    const std::size_t stopped_at = terminal.bytes().size();
    terminal.type("fg\n");
    terminal.read_until("finished in ", stopped_at);
    CHECK(contains(terminal.bytes(), "second"));
    terminal.type("exit\n");
    CHECK(terminal.finish() == 0);
    INFO(terminal.bytes());
    CHECK(contains(screen_text(terminal), ": 2 ok\n"));
}

TEST_CASE("a progress bar that takes long is seen amid its way, and at its end as one line") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- printf '10%%\\r50%%\\r'; until [ -e " + user.path("go") +
                                 " ]; do sleep 0.05; done; printf '90%%\\r100%%\\n'\n");
    Terminal terminal(user, {"q", "--color", "never"}, kColumns);
    terminal.read_until("[localhost] 50%");
    user.write("go", "");
    CHECK(terminal.finish() == 0);
    INFO(terminal.bytes());
    CHECK(count_of(terminal.bytes(), "[localhost] 50%") == 1);
    CHECK(count_of(terminal.bytes(), "[localhost] 100%") == 1);
    CHECK(!contains(terminal.bytes(), "[localhost] 10%"));
    CHECK(!contains(terminal.bytes(), "[localhost] 90%"));
}

TEST_CASE("a question that a job asks is seen although its line does not end") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- printf 'Continue? '; until [ -e " + user.path("go") +
                                 " ]; do sleep 0.05; done; echo yes\n");
    Terminal terminal(user, {"q", "--color", "never"}, kColumns);
    terminal.read_until("[localhost] Continue? ");
    user.write("go", "");
    CHECK(terminal.finish() == 0);
    CHECK(contains(screen_text(terminal), "[localhost] Continue? yes\n"));
}
