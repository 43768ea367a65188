// SPDX-License-Identifier: MIT
//
// The daemon: jobs that are added while it waits, saves with faults, hosts that come and go.
#include "terminal.h"
#include "user.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <unistd.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::Running;
using remuda::test::Sshd;
using remuda::test::Terminal;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

constexpr int kInterrupted = 130;
constexpr int kTerminated = 143;

// Somebody with a daemon at work in their folder.
class Household {
  public:
    explicit Household(std::string_view hosts = "- localhost\n",
                       std::string_view queue = "# mine\n") {
        user.write("hosts.yaml", hosts);
        user.write("queue.yaml", queue);
    }

    void start(const remuda::test::Words& words = {"q", "-d"}) { daemon = user.start(words); }
    // As `echo >>` does it.
    void append(const std::string& line) const {
        std::ofstream(user.path("queue.yaml"), std::ios::app) << line << "\n";
    }
    [[nodiscard]] bool shows(std::string_view text) const {
        return wait_until([&] { return contains(daemon->output(), text); });
    }
    [[nodiscard]] bool says(std::string_view text) const {
        return wait_until([&] { return contains(daemon->errors(), text); });
    }
    // Whether the job that writes `text` into the file `done` has run.
    [[nodiscard]] bool is_done(std::string_view text) const {
        return wait_until([&] { return contains(user.read("done"), text); });
    }
    [[nodiscard]] int stop(int signal = SIGINT) const {
        daemon->signal(signal);
        return daemon->finish().exit_status;
    }

    User user;
    std::unique_ptr<Running> daemon;
};

}  // namespace

TEST_CASE("a daemon runs what is appended to an empty queue, until ctrl-c") {
    Household home;
    home.start();
    home.append("- echo one >> done");
    CHECK(home.is_done("one"));
    home.append("- echo two >> done");
    CHECK(home.is_done("two"));
    CHECK(home.stop() == kInterrupted);
    CHECK(home.user.read("queue.yaml") == "# mine\n");
    CHECK(count_of(home.user.read("consumed.yaml"), "- command:") == 2);
}

TEST_CASE("a daemon runs what another program saves by a rename") {
    Household home;
    home.start();
    home.user.write("fresh", "# mine\n- echo one >> done\n");
    REQUIRE(::rename(home.user.path("fresh").c_str(), home.user.path("queue.yaml").c_str()) == 0);
    CHECK(home.is_done("one"));
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE("an appended job starts long before the next look at the file") {
    Household home;
    home.start();
    home.append("- echo ready >> done");
    REQUIRE(home.is_done("ready"));
    using Clock = std::chrono::steady_clock;
    Clock::duration shortest = std::chrono::hours(1);
    for (int round = 0; round < 8; ++round) {
        const std::string word = "round" + std::to_string(round) + ".";
        const auto began = Clock::now();
        home.append("- echo " + word + " >> done");
        REQUIRE(home.is_done(word));
        shortest = std::min(shortest, Clock::now() - began);
    }
    // The file is looked at once a second, and looked at last when the round before ended.
    CHECK(shortest < std::chrono::milliseconds(500));
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE("SIGTERM ends a daemon") {
    Household home;
    home.start();
    home.append("- echo one >> done");
    REQUIRE(home.is_done("one"));
    CHECK(home.stop(SIGTERM) == kTerminated);
}

TEST_CASE("a daemon waits out a faulty save, tells of it once, and loses nothing") {
    Household home;
    home.start();
    home.append("- echo one >> done");
    REQUIRE(home.is_done("one"));
    const std::string faulty = "- echo two >> done\n- \"echo three\n";
    home.user.write("queue.yaml", faulty);
    CHECK(home.says("waiting for queue.yaml to be mended"));
    CHECK(home.user.read("queue.yaml") == faulty);
    home.user.write("queue.yaml", "- echo two >> done\n- \"echo three >> done\"\n");
    CHECK(home.is_done("three"));
    CHECK(home.user.read("done") == "one\ntwo\nthree\n");
    home.daemon->signal(SIGINT);
    const Finished finished = home.daemon->finish();
    CHECK(finished.exit_status == kInterrupted);
    CHECK(count_of(finished.errors, "waiting for queue.yaml to be mended") == 1);
    CHECK(contains(finished.errors, "queue.yaml:2:"));
}

TEST_CASE("a daemon starts without a queue file, and with a faulty one") {
    Household home("- localhost\n", "- echo {{ nothing }}\n");
    home.start();
    CHECK(home.says("waiting for queue.yaml to be mended"));
    REQUIRE(::unlink(home.user.path("queue.yaml").c_str()) == 0);
    CHECK(home.says("queue.yaml does not exist"));
    home.append("- echo one >> done");
    CHECK(home.is_done("one"));
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE("on SIGHUP a daemon rereads hosts.yaml: nodes join, others leave after their jobs") {
    Household home("- hostname: localhost\n  seat: [a, b]\n");
    home.append("- until [ -e go ]; do sleep 0.05; done; echo {{ seat }} >> done");
    home.start();
    REQUIRE(home.says("until ["));
    home.user.write("hosts.yaml", "- hostname: localhost\n  seat: [b, c, d]\n");
    home.daemon->signal(SIGHUP);
    REQUIRE(home.says("hosts.yaml: 2 nodes join, 1 leaves"));
    // Three at once, and none of them on the node that has left.
    for (int job = 0; job < 3; ++job) {
        home.append("- echo x{{ seat }} >> began; until [ -e go ]; do sleep 0.05; done");
    }
    REQUIRE(wait_until([&] { return lines_of(home.user.read("began")).size() == 3; }));
    auto seats = lines_of(home.user.read("began"));
    std::ranges::sort(seats);
    CHECK(seats == remuda::test::Words{"xb", "xc", "xd"});
    home.user.write("go", "");
    CHECK(home.is_done("a"));
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE(
    "SIGHUP rereads hosts.yaml on a terminal that is there, and one that goes ends a daemon") {
    const Household home;
    auto shell = Terminal::with_shell(home.user, 100);
    shell.type(std::string("'") + REMUDA_BINARY + "' q -d &\n");
    home.append("- echo one >> done");
    REQUIRE(home.is_done("one"));
    home.user.write("hosts.yaml", "- hostname: localhost\n  seat: [a]\n");
    shell.type("kill -HUP %1\n");
    shell.read_until("1 node joins, 1 leaves");
    shell.type("fg\n");
    home.append("- echo two >> done");
    REQUIRE(home.is_done("two"));
    (void)shell.hang_up();
    const auto is_over = [&] { return !contains(home.user.run({"status"}).output, "queue of "); };
    // It would take the job of the next one.
    REQUIRE(wait_until(is_over));
    Terminal terminal(home.user, {"q", "-d"}, 100);
    home.append("- echo three >> done");
    REQUIRE(home.is_done("three"));
    CHECK(terminal.hang_up() == kTerminated);
    CHECK(wait_until(is_over));
}

TEST_CASE("faults of a hosts.yaml that is reread are shown, and the nodes stay") {
    Household home("- hostname: localhost\n  seat: [a]\n");
    home.start();
    home.append("- echo {{ seat }}1 >> done");
    REQUIRE(home.is_done("a1"));
    home.user.write("hosts.yaml", "- hostname: localhost\n  seat: []\n");
    home.daemon->signal(SIGHUP);
    REQUIRE(home.says("the nodes stay as they are"));
    home.append("- echo {{ seat }}2 >> done");
    CHECK(home.is_done("a2"));
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE("a job that the reread nodes cannot fill in is a fault that is waited out") {
    Household home("- hostname: localhost\n  seat: [a]\n");
    home.append("- until [ -e go ]; do sleep 0.05; done");
    home.append("- echo {{ seat }} >> done");
    home.start();
    REQUIRE(home.says("until ["));
    home.user.write("hosts.yaml", "- hostname: localhost\n  chair: [a]\n");
    home.daemon->signal(SIGHUP);
    REQUIRE(home.says("waiting for queue.yaml to be mended"));
    home.user.write("queue.yaml", "- echo {{ chair }}! >> done\n");
    CHECK(home.is_done("a!"));
    home.user.write("go", "");
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE("a broadcasting daemon sends what is appended to all nodes") {
    Household home("- hostname: localhost\n  seat: [a, b]\n");
    home.start({"b", "-d"});
    home.append("- echo {{ seat }}1 >> done");
    REQUIRE(wait_until([&] { return lines_of(home.user.read("done")).size() == 2; }));
    home.append("- echo {{ seat }}2 >> done");
    REQUIRE(wait_until([&] { return lines_of(home.user.read("done")).size() == 4; }));
    auto lines = lines_of(home.user.read("done"));
    std::ranges::sort(lines);
    CHECK(lines == remuda::test::Words{"a1", "a2", "b1", "b2"});
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE("a host whose connection is cut is used again by a daemon") {
    require_sshd();
    const Sshd server;
    Household home;
    home.user.trust(server);
    home.user.write("hosts.yaml", "- \"" + address_of(server) + "\"\n");
    const std::string done = home.user.path("done");
    home.start();
    home.append("- echo one >> " + done);
    REQUIRE(home.is_done("one"));
    for (const pid_t process : server.session_processes())
        (void)::kill(process, SIGKILL);
    home.append("- echo two >> " + done);
    CHECK(home.is_done("two"));
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE("a daemon tries a host again that refuses connections, and uses it once it is there") {
    require_sshd();
    Sshd server;
    Household home;
    home.user.trust(server);
    home.user.write("hosts.yaml", "- \"" + address_of(server) + "\"\n");
    const std::string done = home.user.path("done");
    // Nobody listens, until it goes on.
    server.kill_now();
    home.append("- echo one >> " + done);
    home.start();
    REQUIRE(home.says("Connection refused"));
    server.start_again();
    CHECK(home.is_done("one"));

    home.append("- echo two >> " + done + "; sleep 60");
    REQUIRE(home.is_done("two"));
    server.kill_now();
    server.start_again();
    home.append("- echo three >> " + done);
    CHECK(home.is_done("three"));
    CHECK(home.stop() == kInterrupted);
}

TEST_CASE("a daemon runs each job once that others add while it takes") {
    Household home("- hostname: localhost\n  seat: [a, b, c]\n");
    home.start();
    constexpr std::size_t jobs = 12;
    for (std::size_t job = 0; job < jobs; ++job) {
        CHECK(
            home.user.run({"add", "--", "echo " + std::to_string(job) + " >> done"}).exit_status ==
            0);
    }
    CHECK(wait_until([&] { return lines_of(home.user.read("done")).size() >= jobs; }));
    CHECK(home.stop() == kInterrupted);
    const auto lines = lines_of(home.user.read("done"));
    CHECK(lines.size() == jobs);
    CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == jobs);
    CHECK(home.user.read("queue.yaml") == "# mine\n");
}

TEST_CASE("two runs on one queue run each job once") {
    std::string queue = "# ours\n";
    constexpr int jobs = 200;
    for (int job = 0; job < jobs; ++job)
        queue += "- echo " + std::to_string(job) + " >> done\n";
    const Household home("- hostname: localhost\n  seat: [a, b, c, d]\n", queue);
    const auto one = home.user.start({"q"});
    const auto other = home.user.start({"q"});
    CHECK(one->finish().exit_status == 0);
    CHECK(other->finish().exit_status == 0);
    const auto lines = lines_of(home.user.read("done"));
    CHECK(lines.size() == jobs);
    CHECK(std::set<std::string>(lines.begin(), lines.end()).size() == jobs);
    CHECK(count_of(home.user.read("consumed.yaml"), "- command:") == jobs);
    CHECK(home.user.read("queue.yaml") == "# ours\n");
}
