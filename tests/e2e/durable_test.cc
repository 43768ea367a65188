// SPDX-License-Identifier: MIT
//
// Jobs that outlive the remuda that started them, on real servers with the shim.
#include "user.h"

#include <string>

#include <doctest/doctest.h>

#include <signal.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::processes_with;
using remuda::test::Sshd;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

/// Writes that it begins, waits for the project's file `go`, and leaves a mark.
std::string waiting_job(const User& user, const std::string& name, int code) {
    return "- export DRILL=" + user.project() + "; cd " + user.project() + "; echo " + name +
           " begins; while [ ! -e go ]; do sleep 0.02;"
           " done; echo " +
           name + " >> marks; echo " + name + " ends; exit " + std::to_string(code) + "\n";
}

void kill_when_begun(const User& user, std::size_t jobs) {
    const auto running = user.start({"q", "--shim", "always"});
    REQUIRE(wait_until([&] { return count_of(running->output(), " begins\n") == jobs; }));
    running->signal(SIGKILL);
    (void)running->finish();
}

struct World {
    World() {
        user.trust(server);
        user.write("hosts.yaml", "- hostname: " + address_of(server) + "\n  slots: 4\n");
    }

    Sshd server;
    User user;
};

}  // namespace

TEST_CASE("jobs of a remuda that was killed go on, and the next one tells their ends") {
    remuda::test::require_sshd();
    World world;
    const User& user = world.user;
    user.write("queue.yaml", waiting_job(user, "one", 0) + waiting_job(user, "two", 3));
    kill_when_begun(user, 2);
    const auto running = user.start({"q", "--shim", "always"});
    REQUIRE(wait_until([&] { return count_of(running->errors(), "goes on") == 2; }));
    user.write("go", "");
    const Finished finished = running->finish();
    INFO(finished.output << finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.output, "one ends"));
    CHECK(contains(finished.output, "two ends"));
    CHECK(contains(finished.errors, "1 ok, 1 failed"));
    CHECK(count_of(user.read("marks"), "\n") == 2);
    // All is told: nothing is left for a third one.
    CHECK(user.run({"q"}).exit_status == 0);
}

TEST_CASE("jobs that ended while no remuda was there have their ends told") {
    remuda::test::require_sshd();
    World world;
    const User& user = world.user;
    user.write("queue.yaml", waiting_job(user, "one", 7));
    kill_when_begun(user, 1);
    user.write("go", "");
    REQUIRE(wait_until([&] { return user.has("marks"); }));
    const Finished finished = user.run({"q", "--shim", "always"});
    INFO(finished.output << finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "exit 7"));
    CHECK(contains(finished.output, "one ends"));
    CHECK(count_of(user.read("marks"), "\n") == 1);
}

TEST_CASE("with --no-durable a job ends with the remuda that started it") {
    remuda::test::require_sshd();
    World world;
    const User& user = world.user;
    user.write("queue.yaml", waiting_job(user, "one", 0));
    {
        const auto running = user.start({"q", "--shim", "always", "--no-durable"});
        REQUIRE(wait_until([&] { return contains(running->output(), "one begins"); }));
        running->signal(SIGKILL);
        (void)running->finish();
    }
    const Finished finished = user.run({"q", "--shim", "always"});
    INFO(finished.output << finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "lost"));
    user.write("go", "");
    REQUIRE(wait_until([&] { return processes_with("DRILL=" + user.project()).empty(); }));
    CHECK_FALSE(user.has("marks"));
}

TEST_CASE("a connection that is cut costs no job") {
    remuda::test::require_sshd();
    World world;
    const User& user = world.user;
    user.write("queue.yaml", waiting_job(user, "one", 5));
    const auto running = user.start({"q", "--shim", "always"});
    REQUIRE(wait_until([&] { return contains(running->output(), "one begins"); }));
    // Sessions, and what they started; the jobs are the supervisor's.
    for (const pid_t pid : world.server.session_processes())
        ::kill(pid, SIGKILL);
    // The next connection is up.
    REQUIRE(wait_until([&] { return count_of(world.server.log(), "Starting session") == 2; }));
    user.write("go", "");
    const Finished finished = running->finish();
    INFO(finished.output << finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "exit 5"));
    CHECK(contains(finished.output, "one ends"));
    CHECK(count_of(user.read("marks"), "\n") == 1);
}

TEST_CASE("two runs of one queue do not cut each other's connections") {
    remuda::test::require_sshd();
    World world;
    const User& user = world.user;
    user.write("hosts.yaml", "- {hostname: \"" + address_of(world.server) + "\", slots: 1}\n");
    user.write("queue.yaml", waiting_job(user, "one", 0) + waiting_job(user, "two", 0));
    const auto first = user.start({"q", "--shim", "always", "-v"});
    REQUIRE(wait_until([&] { return contains(first->output(), "one begins"); }));
    const auto second = user.start({"q", "--shim", "always", "-v"});
    REQUIRE(wait_until([&] { return contains(second->output(), "two begins"); }));
    user.write("go", "");
    for (const auto& running : {first.get(), second.get()}) {
        const Finished finished = running->finish();
        INFO(finished.output << finished.errors);
        CHECK(finished.exit_status == 0);
        CHECK(!contains(finished.errors, "the shim ended"));
    }
    CHECK(count_of(world.server.log(), "Starting session") == 2);
}
