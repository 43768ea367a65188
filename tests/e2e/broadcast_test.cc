// SPDX-License-Identifier: MIT
//
// `remuda b`: every command on every node, in step.
#include "support/black_hole.h"
#include "user.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <string>
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
using remuda::test::User;
using remuda::test::wait_until;

namespace {

// Three nodes on two servers, and two on this machine.
void write_hosts(const User& user, const Sshd& first, const Sshd& second,
                 const std::string& more = {}) {
    user.trust(first);
    user.trust(second);
    user.write("hosts.yaml", "- hostname: [\"" + address_of(first) + "\", \"localhost\"]\n" +
                                 "  seat: [left, right]\n- hostname: \"" + address_of(second) +
                                 "\"\n  seat: alone\n" + more);
}

}  // namespace

TEST_CASE("a broadcast runs each command on each node, and none before all have ended the last") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    write_hosts(user, first, second);
    // One node is slower than the others.
    // The entry stands for three jobs, in this order.
    const std::string to_log = " >> " + user.path("log") + "\n";
    user.write("queue.yaml", "# Upgrade.\n- command: |\n    echo begin {{ step }}" + to_log +
                                 "    [ {{ seat }} != alone ] || sleep 0.3\n" +
                                 "    echo end {{ step }} {{ hostname }} {{ seat }}" + to_log +
                                 "  step: [one, two, three]\n");

    const Finished finished = user.run({"b"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    const std::vector<std::string> lines = lines_of(user.read("log"));
    REQUIRE(lines.size() == 30);
    for (std::size_t step = 0; step < 3; ++step) {
        const std::string name = step == 0 ? "one" : step == 1 ? "two" : "three";
        const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(step * 10);
        const auto of_step = [&](const std::string& line) { return contains(line, " " + name); };
        CHECK(std::all_of(begin, begin + 10, of_step));
        std::vector<std::string> ends;
        std::copy_if(begin, begin + 10, std::back_inserter(ends),
                     [](const std::string& line) { return line.starts_with("end "); });
        std::sort(ends.begin(), ends.end());
        CHECK(ends.size() == 5);
        CHECK(std::unique(ends.begin(), ends.end()) == ends.end());
    }
    CHECK(contains(finished.errors, ": 15 ok\n"));
    CHECK(user.read("queue.yaml") == "# Upgrade.\n");
}

TEST_CASE("a dead host and one that never answers are reported and hold up nobody") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    const BlackHole silent;
    // Nobody listens on port 1.
    write_hosts(user, first, second, "- " + first.address() + ":1\n- " + silent.address() + "\n");
    user.write("queue.yaml", "- echo one {{ hostname }}\n- echo two\n");

    const Finished finished = user.run({"b", "--connect-timeout", "1"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 3);
    CHECK(count_of(finished.output, "] one ") == 5);
    CHECK(count_of(finished.output, "] two") == 5);
    CHECK(contains(finished.errors, first.address() + ":1 down, never used: Connection refused"));
    CHECK(contains(finished.errors, silent.address() + " down, never used: "));
    CHECK(contains(finished.errors, "2 nodes down"));
}

TEST_CASE("a queue goes round the dead and the silent host, too") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    const BlackHole silent;
    write_hosts(user, first, second, "- " + first.address() + ":1\n- " + silent.address() + "\n");
    user.write("queue.yaml", "- command: echo job {{ id }}\n  id: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n");

    const Finished finished = user.run({"q", "--connect-timeout", "1"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 3);
    CHECK(count_of(finished.output, "] job ") == 9);
    CHECK(contains(finished.errors, "down, never used"));
}

TEST_CASE("after a failed step -e stops the broadcast, and the other steps stay in the queue") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    write_hosts(user, first, second);
    user.write("queue.yaml", "- echo one\n- test {{ seat }} != alone\n# the rest\n- echo three\n");

    const Finished finished = user.run({"b", "-e"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(count_of(finished.output, "] one") == 5);
    CHECK(count_of(finished.output, "] three") == 0);
    CHECK(contains(finished.errors, "9 ok, 1 failed"));
    CHECK(user.read("queue.yaml") == "# the rest\n- echo three\n");
}

TEST_CASE("without -e a failed step is told by the exit code and the rest is run") {
    require_sshd();
    const User user;
    const Sshd first;
    const Sshd second;
    write_hosts(user, first, second);
    user.write("queue.yaml", "- test {{ seat }} != alone\n- echo two\n");

    const Finished finished = user.run({"b"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(count_of(finished.output, "] two") == 5);
    CHECK(contains(finished.errors, "9 ok, 1 failed"));
    CHECK(contains(finished.errors, "exit 1"));
}

TEST_CASE(
    "what a killed broadcast has lost is in the table and the counts of the one that goes on") {
    const User user;
    user.write("hosts.yaml", "- hostname: localhost\n  n: [1, 2]\n");
    user.write("queue.yaml",
               "- touch s{{ n }}; [ {{ n }} = 1 ] || while [ ! -e go ]; do sleep 0.02; done\n"
               "- echo second\n");
    {
        const auto running = user.start({"b"});
        CHECK(wait_until([&] { return user.has("s2") && contains(running->errors(), " ok "); }));
        running->signal(SIGKILL);
        CHECK(running->finish().signal == SIGKILL);
        user.write("go", "");
    }
    const Finished look = user.run({"b", "--resume", "--dry-run"});
    CHECK(look.exit_status == 0);
    CHECK(contains(look.output, "no stopped broadcast has anything left to do\n"));
    CHECK(contains(look.errors, "not done again on "));
    const Finished resumed = user.run({"b", "--resume"});
    CHECK(resumed.exit_status == 1);
    CHECK(contains(resumed.errors, "LOST job 1 of an earlier run on "));
    CHECK(contains(resumed.errors, ": 2 ok, 1 lost"));
    CHECK(contains(resumed.errors, "  lost  ok\n"));
    // It is on record now.
    const Finished again = user.run({"b", "--resume"});
    CHECK(again.exit_status == 1);
    CHECK(contains(again.errors, ": 1 lost"));
    CHECK(contains(again.errors, "not done again (--allow-repeat does)"));
    CHECK(contains(user.run({"b", "--resume", "--dry-run", "--allow-repeat"}).output,
                   "goes on first with the broadcast that was stopped:\n"));
    CHECK(user.run({"b", "--resume", "--allow-repeat"}).exit_status == 0);
    CHECK(user.run({"b", "--resume"}).exit_status == 0);
}
