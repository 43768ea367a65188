// SPDX-License-Identifier: MIT
//
// What somebody sees who sits before a terminal.
#include "terminal.h"

#include "user.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::screen_of;
using remuda::test::Sshd;
using remuda::test::Terminal;
using remuda::test::text_of;
using remuda::test::User;

namespace {

constexpr unsigned short kColumns = 60;

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return text;
}

bool has_line(const std::vector<std::string>& lines, const std::string& wanted) {
    return std::find(lines.begin(), lines.end(), wanted) != lines.end();
}

}  // namespace

TEST_CASE("on a terminal there are colours and a status line, which is gone at the end") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- until [ -e " + user.path("go") +
                                 " ]; do sleep 0.05; done; echo out; echo err >&2\n- echo two\n"
                                 "- exit 3\n");
    Terminal terminal(user, {"q"}, kColumns);
    terminal.read_until("1 running, 2 queued");
    // It stands on the screen now.
    const auto while_running = screen_of(terminal.bytes(), kColumns);
    CHECK(contains(while_running.back(), "[0/3] 1 running, 2 queued"));
    user.write("go", "");
    CHECK(terminal.finish() == 1);

    INFO(terminal.bytes());
    const auto screen = screen_of(terminal.bytes(), kColumns);
    CHECK(!contains(joined(screen), " running, "));
    CHECK(has_line(screen, "[localhost] out"));
    CHECK(has_line(screen, "[localhost]! err"));
    CHECK(has_line(screen, "[localhost] two"));
    CHECK(contains(joined(screen), "2 ok, 1 failed\n"));
    // Red for the failure, and something for the node.
    CHECK(contains(terminal.bytes(), "\x1B[31mFAILED"));
    CHECK(contains(terminal.bytes(), "m[localhost]\x1B[0m out"));
}

TEST_CASE("NO_COLOR and --color never hold on a terminal, where the status line stays") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    const remuda::test::Environment no_color{{"NO_COLOR", "1"}};
    for (const bool by_variable : {true, false}) {
        user.write("queue.yaml", "- until [ -e " + user.path("go") +
                                     " ]; do sleep 0.05; done; echo hi; exit 1\n");
        std::filesystem::remove(user.path("go"));
        Terminal terminal(
            user,
            by_variable ? remuda::test::Words{"q"} : remuda::test::Words{"q", "--color", "never"},
            kColumns, by_variable ? no_color : remuda::test::Environment{});
        terminal.read_until("1 running");
        user.write("go", "");
        CHECK(terminal.finish() == 1);
        INFO(terminal.bytes());
        CHECK(count_of(terminal.bytes(), "\x1B") == count_of(terminal.bytes(), "\r\x1B[K"));
    }
}

TEST_CASE("long lines are wrapped to the width, with the node before each piece") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    // 100 columns of digits behind a prefix of 12 on a screen of 40.
    user.write("queue.yaml", "- for i in 1 2 3 4 5 6 7 8 9 0; do printf 0123456789; done; echo\n");
    constexpr unsigned short narrow = 40;
    Terminal terminal(user, {"q"}, narrow);
    CHECK(terminal.finish() == 0);
    INFO(terminal.bytes());
    const auto screen = screen_of(terminal.bytes(), narrow);
    CHECK(has_line(screen, "[localhost] 0123456789012345678901234567"));
    CHECK(has_line(screen, "[localhost] 8901234567890123456789012345"));
    CHECK(has_line(screen, "[localhost] 6789012345678901234567890123"));
    CHECK(has_line(screen, "[localhost] 4567890123456789"));
    // No line of the program's own was left to the terminal to wrap.
    for (const std::string& line : screen) {
        INFO(line);
        const bool has_head =
            line.empty() || line.starts_with("[localhost] ") || line.starts_with("finished in ");
        CHECK(has_head);
    }
}

TEST_CASE("of what a remote program writes only colours reach the terminal") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    user.write("hosts.yaml", "- hostname: \"" + address_of(server) + "\"\n");
    // Title, clear screen, cursor up, a bell, a report request, C1 controls; red is welcome.
    user.write("queue.yaml",
               "- |\n"
               "  printf '\\033]0;owned\\007\\033[2J\\033[5Aafter\\a\\033[6n\\n'\n"
               "  printf '\\302\\233 2J c1\\n'\n"
               "  printf '\\033[31mred\\033[0m plain\\n'\n"
               "  printf '\\033[31mleft red\\n'\n"
               "  printf '\\033]0;owned\\007\\n' >&2\n");
    Terminal terminal(user, {"q"}, kColumns);
    CHECK(terminal.finish() == 0);
    INFO(terminal.bytes());
    const std::string& bytes = terminal.bytes();
    CHECK(!contains(bytes, "\x1B]"));
    CHECK(!contains(bytes, "\x1B[2J"));
    CHECK(!contains(bytes, "\x1B[5A"));
    CHECK(!contains(bytes, "\x1B[6n"));
    CHECK(!contains(bytes, "\a"));
    CHECK(!contains(bytes, "\xC2\x9B"));
    CHECK(contains(bytes, "\x1B[31mred\x1B[0m plain"));
    CHECK(contains(bytes, "\x1B[31mleft red\x1B[0m"));
    CHECK(!contains(joined(screen_of(bytes, 1000)), "<ESC>"));
    CHECK(contains(joined(screen_of(bytes, 1000)), "after"));
}

TEST_CASE("all new hosts are in one question; a yes remembers them") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    user.write("hosts.yaml", "- \"" + address_of(first) + "\"\n- \"" + address_of(second) + "\"\n");
    user.write("queue.yaml", "- echo {{ hostname }}\n");
    // The system's ssh_config may have names hashed.
    Terminal terminal(user, {"b", "--ssh-config", "none"}, 120);
    terminal.read_until("remember their keys? [y/N/1,2] ");
    CHECK(text_of(user.known_hosts()).empty());
    terminal.type("y\n");
    CHECK(terminal.finish() == 0);
    INFO(terminal.bytes());
    CHECK(contains(terminal.bytes(), "The authenticity of 2 hosts is not known yet:"));
    CHECK(count_of(terminal.bytes(), "? [y/N") == 1);
    CHECK(count_of(terminal.bytes(), "ED25519  SHA256:") == 2);
    CHECK(contains(text_of(user.known_hosts()), first.known_hosts()));
    CHECK(contains(text_of(user.known_hosts()), second.known_hosts()));
    CHECK(contains(joined(screen_of(terminal.bytes(), 120)), ": 2 ok"));
}

TEST_CASE("a no is obeyed: nothing is remembered and nothing runs there") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    user.write("hosts.yaml", "- \"" + address_of(first) + "\"\n- \"" + address_of(second) + "\"\n");
    user.write("queue.yaml", "- echo ran\n");
    Terminal terminal(user, {"q"}, 120);
    terminal.read_until("? [y/N/1,2] ");
    terminal.type("n\n");
    CHECK(terminal.finish() == 3);
    INFO(terminal.bytes());
    CHECK(contains(terminal.bytes(), "was not accepted"));
    CHECK(!contains(terminal.bytes(), "] ran"));
    CHECK(text_of(user.known_hosts()).empty());
    CHECK(user.read("queue.yaml") == "- echo ran\n");
    CHECK(!contains(first.log() + second.log(), "Accepted publickey"));
}

TEST_CASE("ctrl-c drops the question and ends the run") {
    require_sshd();
    const User user;
    const Sshd server;
    user.write("hosts.yaml", "- " + address_of(server) + "\n");
    user.write("queue.yaml", "- echo hi\n");
    Terminal terminal(user, {"q"}, 120);
    terminal.read_until("[y/N] ");
    terminal.type("\x03");
    CHECK(terminal.finish() == 130);
    CHECK(user.read("queue.yaml") == "- echo hi\n");
}

TEST_CASE("one of several new hosts can be chosen by its number") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    user.write("hosts.yaml", "- \"" + address_of(first) + "\"\n- \"" + address_of(second) + "\"\n");
    user.write("queue.yaml", "- echo ran\n");
    Terminal terminal(user, {"q"}, 120);
    terminal.read_until("? [y/N/1,2] ");
    terminal.type("perhaps\n");
    terminal.read_until("Please answer");
    terminal.type("1\n");
    CHECK(terminal.finish() == 3);
    INFO(terminal.bytes());
    CHECK(lines_of(text_of(user.known_hosts())).size() == 1);
    CHECK(count_of(first.log() + second.log(), "Accepted publickey") == 1);
}
