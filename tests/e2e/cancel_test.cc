// SPDX-License-Identifier: MIT
//
// Jobs on hosts that are cancelled while something else goes wrong.
#include "one_host.h"

#include <csignal>
#include <string>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::Finished;
using remuda::test::OneHost;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

const std::string kJob = "- echo one begins; exec sleep 1000\n";

}  // namespace

TEST_CASE("a job that another run has gone on with is cancelled by its old number, too") {
    remuda::test::require_sshd();
    OneHost world;
    const User& user = world.user;
    user.write("queue.yaml", kJob);
    {
        const auto running = user.start({"q", "--shim", "always"});
        REQUIRE(wait_until([&] { return contains(running->output(), "one begins"); }));
        running->signal(SIGHUP);
        (void)running->finish();
    }
    const auto heard = user.start({"q", "--shim", "always"});
    REQUIRE(
        wait_until([&] { return contains(user.run({"show", "1"}).output, "goes on as job 2"); }));
    const Finished cancelled = user.run({"cancel", "1-2"});
    INFO(cancelled.output << cancelled.errors);
    CHECK(cancelled.exit_status == 0);
    CHECK(contains(cancelled.errors, "job 1 goes on as job 2"));
    CHECK(contains(cancelled.errors, "1 job was told to end"));
    const Finished finished = heard->finish();
    INFO(finished.errors);
    CHECK(contains(finished.errors, "1 cancelled"));
}

TEST_CASE("what is cancelled while its host is away is ended by the next run") {
    remuda::test::require_sshd();
    OneHost world;
    const User& user = world.user;
    user.write("queue.yaml", kJob);
    const auto running = user.start({"q", "--shim", "always", "--lost-after", "1", "--grace", "1"});
    REQUIRE(wait_until([&] { return contains(running->output(), "one begins"); }));
    // Its sessions end, and it answers nobody.
    ::kill(world.server.pid(), SIGSTOP);
    for (const pid_t pid : world.server.session_processes())
        ::kill(pid, SIGKILL);
    CHECK(user.run({"cancel", "1"}).exit_status == 0);
    const Finished left = running->finish();
    INFO(left.errors);
    CHECK(left.exit_status == 3);
    CHECK(contains(left.errors, "left     job 1"));
    CHECK(contains(user.run({"status"}).output, "left running, to be cancelled"));
    ::kill(world.server.pid(), SIGCONT);
    const Finished next = user.run({"q", "--shim", "always"});
    INFO(next.errors);
    CHECK(contains(next.errors, "1 cancelled"));
    CHECK(contains(user.run({"history"}).output, "cancelled"));
}
