// SPDX-License-Identifier: MIT
//
// The wall clock jumps by more than a year, there and back, while jobs run and remuda is killed.
#include "user.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include <signal.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Environment;
using remuda::test::Finished;
using remuda::test::Running;
using remuda::test::Sshd;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

std::string waiting_job(const User& user, const std::string& name, int code) {
    return "- cd " + user.project() + "; echo " + name +
           " begins; while [ ! -e go ]; do sleep 0.02;" + " done; echo " + name +
           " >> marks; exit " + std::to_string(code) + "\n";
}

}  // namespace

TEST_CASE("no verdict and no job depends on the wall clock") {
    remuda::test::require_sshd();
    const Sshd server;
    const User user;
    user.trust(server);
    user.write("hosts.yaml", "- hostname: " + address_of(server) + "\n  slots: 1\n");
    user.write("queue.yaml", waiting_job(user, "one", 3) + waiting_job(user, "two", 0));
    const Environment clock{{"LD_PRELOAD", CLOCK_JUMP}, {"CLOCK_JUMP_FILE", user.path("clock")}};
    const auto words = User::command({"q", "--shim", "always"}, user.project());
    {
        Running running(words, user.environment(clock));
        REQUIRE(wait_until([&] { return contains(running.output(), "one begins"); }));
        user.write("clock", "40000000");
        running.signal(SIGUSR1);
        REQUIRE(wait_until([&] { return !running.errors().empty(); }));
        running.signal(SIGKILL);
        (void)running.finish();
    }
    Running running(words, user.environment(clock));
    REQUIRE(wait_until([&] { return contains(running.errors(), "goes on"); }));
    user.write("clock", "-80000000");
    user.write("go", "");
    const Finished finished = running.finish();
    INFO(finished.output, finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "exit 3"));
    CHECK(contains(finished.errors, "1 ok, 1 failed"));
    CHECK(user.read("marks") == "one\ntwo\n");
    // The history still knows both, whatever it takes the time for.
    user.write("clock", "40000000");
    CHECK(user.run({"q"}, clock).exit_status == 0);
    const Finished history = user.run({"history", "--json"}, clock);
    INFO(history.output);
    CHECK(count_of(history.output, "\"type\":\"job\"") == 2);
    // The clock did jump.
    std::set<std::string> years;
    const std::string year = "\"started_at\":\"";
    for (std::size_t at = history.output.find(year); at != std::string::npos;
         at = history.output.find(year, at + 1)) {
        years.insert(history.output.substr(at + year.size(), 4));
    }
    CHECK(years.size() == 2);
}
