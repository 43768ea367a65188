// SPDX-License-Identifier: MIT
//
// Jobs that outlive the remuda that started them, on real servers with the shim.
#include "one_host.h"

#include <algorithm>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::OneHost;
using remuda::test::processes_with;
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

/// Kills the process, our child, and holds it in its death, its files open, until PTRACE_CONT. Only
/// kills it where nobody may trace processes.
bool kill_and_hold(pid_t pid) {
    const bool is_traced = ::ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACEEXIT) == 0;
    ::kill(pid, SIGKILL);
    if (!is_traced) return false;
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    const bool is_held = WIFSTOPPED(status);
    REQUIRE(is_held);
    return true;
}

}  // namespace

TEST_CASE("jobs of a remuda that was killed go on, and the next one tells their ends") {
    remuda::test::require_sshd();
    OneHost world;
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

// It is dying yet, and holds the lock of its run.
TEST_CASE("a remuda that is started the moment another one was killed goes on with its jobs") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", waiting_job(user, "one", 0));
    auto running = user.start({"q", "--shim", "always"});
    REQUIRE(wait_until([&] { return contains(running->output(), "one begins"); }));
    for (int run = 2; run <= 11; ++run) {
        CAPTURE(run);
        const bool is_held = kill_and_hold(running->pid());
        auto next = user.start({"q", "--shim", "always"});
        // It looks for what others have left once it has begun its own run.
        const std::string lock = ".remuda/runs/" + std::to_string(run) + ".lock";
        const bool has_begun = !is_held || wait_until([&] {
            return user.has(lock) || contains(next->errors(), "finished");
        });
        if (is_held) ::ptrace(PTRACE_CONT, running->pid(), nullptr, nullptr);
        REQUIRE(has_begun);
        const bool has_decided = wait_until([&] {
            return contains(next->errors(), "goes on  job") || contains(next->errors(), "finished");
        });
        INFO(next->errors());
        REQUIRE(has_decided);
        REQUIRE_FALSE(contains(next->errors(), "finished"));
        (void)running->finish();
        running = std::move(next);
    }
    user.write("go", "");
    const Finished finished = running->finish();
    INFO(finished.output << finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(count_of(user.read("marks"), "\n") == 1);
}

TEST_CASE("jobs that ended while no remuda was there have their ends told") {
    remuda::test::require_sshd();
    OneHost world;
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

TEST_CASE(
    "a job whose node is not in hosts.yaml now is left to a later run, which is told as such") {
    remuda::test::require_sshd();
    OneHost world;
    const User& user = world.user;
    user.write("queue.yaml", waiting_job(user, "one", 0));
    kill_when_begun(user, 1);
    const std::string hosts = user.read("hosts.yaml");
    user.write("hosts.yaml", "- localhost\n");
    const Finished without = user.run({"q"});
    INFO(without.errors);
    CHECK(without.exit_status == 3);
    CHECK(contains(without.errors, "which is not in hosts.yaml now"));
    user.write("hosts.yaml", hosts);
    user.write("go", "");
    const Finished with = user.run({"q", "--shim", "always"});
    INFO(with.errors);
    CHECK(with.exit_status == 0);
    CHECK(contains(with.output, "one ends"));
    CHECK(count_of(user.read("marks"), "\n") == 1);
}

TEST_CASE("with --no-durable a job ends with the remuda that started it") {
    remuda::test::require_sshd();
    OneHost world;
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
    OneHost world;
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
    OneHost world;
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

TEST_CASE("killed amid a job's output, the log and what is shown go on at the right byte") {
    remuda::test::require_sshd();
    OneHost world;
    const User& user = world.user;
    constexpr std::size_t half = 30'000;
    const auto lines = [](std::size_t from, std::size_t to) {
        std::string text;
        for (std::size_t i = from; i < to; ++i)
            text += "line " + std::to_string(i) + "\n";
        return text;
    };
    const auto counting = [](std::size_t from, std::size_t to) {
        return "i=" + std::to_string(from) + "; while [ $i -lt " + std::to_string(to) +
               " ]; do echo line $i; i=$((i+1)); done; ";
    };
    user.write("queue.yaml", "- '" + counting(0, half) + "while [ ! -e " + user.project() +
                                 "/go ]; do sleep 0.02; done; " + counting(half, 2 * half) + "'\n");
    std::string before;
    {
        const auto running = user.start({"q", "--shim", "always"});
        REQUIRE(wait_until([&] { return count_of(running->output(), "line") > 1000; }));
        running->signal(SIGKILL);
        before = running->finish().output;
    }
    user.write("go", "");
    const Finished finished = user.run({"q", "--shim", "always"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);

    const std::string all = lines(0, 2 * half);
    // "[127.0.0.2:1234] line 7".
    const auto shown = [](const std::string& output) {
        std::string text;
        for (const std::string& line : lines_of(output))
            text += line.substr(std::min(line.size(), line.find("] ") + 2)) + "\n";
        return text;
    };
    // Of the first, the line in whose midst it was killed does not count.
    const std::string first = shown(before.substr(0, before.rfind('\n') + 1));
    const std::string second = shown(finished.output);
    CHECK(all.starts_with(first));
    CHECK(all.ends_with(second));
    // What was in the log and not yet on the screen is in the log alone.
    CHECK(first.size() + second.size() <= all.size());
    CHECK(second.size() >= all.size() / 2);
    CHECK((user.run({"logs", "2"}).output == all));
    CHECK((user.read(".remuda/logs/2/1.out") == all));
}

TEST_CASE("a terminal that goes away leaves durable jobs running at once") {
    remuda::test::require_sshd();
    OneHost world;
    const User& user = world.user;
    user.write("queue.yaml", waiting_job(user, "one", 0) + "- echo two\n");
    user.write("hosts.yaml", "- " + address_of(world.server) + "\n");
    const auto running = user.start({"q", "--shim", "always", "--grace", "600"});
    REQUIRE(wait_until([&] { return contains(running->output(), "one begins"); }));
    running->signal(SIGHUP);
    const Finished left = running->finish();
    INFO(left.errors);
    CHECK(left.exit_status == 143);
    CHECK(contains(left.errors, "stopping: a job is left running, 1 stays in queue.yaml"));
    CHECK(contains(left.errors, "1 left running"));
    CHECK(contains(left.errors, "hear their ends with: remuda q (or"));
    const std::string status = user.run({"status"}).output;
    CHECK(contains(status, "no remuda is running; 1 in the queue"));
    CHECK(contains(status,
                   "run 1 ended in order, and left 1 job running, whose outcome is not known yet;"
                   " the next `remuda q` goes on with it"));
    CHECK(!contains(status, "busy nodes"));
    CHECK(contains(user.run({"show", "1"}).output, "job 1: left running\n"));
    CHECK(contains(user.run({"history", "--state", "left"}).output, "left running"));
    CHECK(contains(user.run({"history", "--json"}).output, "\"state\":\"left\""));
    CHECK(contains(user.run({"status", "--json"}).output, "\"state\":\"left\""));
    CHECK(contains(user.run({"retry", "1"}).errors, "job 1 was left by its run"));
    CHECK(contains(user.run({"cancel", "1"}).errors, "(run 1 ended and left it)"));
    const std::string head = "goes on with jobs of earlier runs (1):\n       1  " +
                             address_of(world.server) + ": export DRILL=";
    CHECK(user.run({"q", "--dry-run"}).output.starts_with(head));
    user.write("hosts.yaml", "- localhost\n");
    CHECK(contains(user.run({"q", "--dry-run"}).output,
                   "leaves jobs of earlier runs to a later one, which has their nodes in its "
                   "hosts (1):\n       1  "));
    user.write("hosts.yaml", "- " + address_of(world.server) + "\n");
    user.write("go", "");
    const Finished heard = user.run({"q", "--shim", "always"});
    CHECK(heard.exit_status == 0);
    CHECK(contains(heard.output, "one ends"));
    CHECK(contains(heard.output, "] two"));
    CHECK(contains(user.run({"show", "1"}).output, ": goes on as job 2\n"));
    CHECK(!contains(user.run({"show", "1"}).output, "killed"));
}

TEST_CASE("a durable job past its time has timed out, also if it ends well when it is sent TERM") {
    remuda::test::require_sshd();
    OneHost world;
    const User& user = world.user;
    user.write("hosts.yaml", "- hostname: " + address_of(world.server) + "\n  slots: 10\n");
    user.write("queue.yaml",
               "- command: \"trap 'exit 0' TERM; sleep 1000 & wait; wait # {{ n }}\"\n"
               "  n: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n  job: {timeout: 1s}\n");
    const Finished finished = user.run({"q", "--shim", "always"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, ": 10 failed"));
    CHECK(!contains(finished.errors, " ok"));
}

TEST_CASE("logs -f follows a job from the run that left it into the one that goes on with it") {
    remuda::test::require_sshd();
    OneHost world;
    const User& user = world.user;
    user.write("queue.yaml", waiting_job(user, "one", 3));
    std::unique_ptr<remuda::test::Running> follow;
    {
        const auto running = user.start({"q", "--shim", "always"});
        REQUIRE(wait_until([&] { return contains(running->output(), "one begins"); }));
        follow = user.start({"logs", "-f", "1"});
        REQUIRE(wait_until([&] { return contains(follow->output(), "one begins"); }));
        running->signal(SIGHUP);
        (void)running->finish();
    }
    REQUIRE(
        wait_until([&] { return contains(follow->errors(), "waiting for the next `remuda q`"); }));
    const auto heard =
        user.start({"q", "--shim", "always", "--retries", "1", "--retry-delay", "0s"});
    REQUIRE(wait_until([&] { return contains(follow->errors(), "job 1 goes on as job 2"); }));
    user.write("go", "");
    (void)heard->finish();
    const Finished followed = follow->finish();
    INFO(followed.errors);
    CHECK(followed.exit_status == 0);
    CHECK(followed.output == "one begins\none ends\none begins\none ends\n");
    CHECK(contains(followed.errors, "job 2 is tried again, on " + address_of(world.server)));
    // From the beginning, too.
    CHECK(user.run({"logs", "-f", "1"}).output == followed.output);
    CHECK(user.run({"logs", "-f", "2"}).output == "one begins\none ends\n");
}

TEST_CASE("a retry that a killed remuda owed is made by the next one") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- echo tried >> " + user.project() + "/marks; exit 3\n");
    {
        const auto running = user.start({"q", "--retries", "1", "--retry-delay", "1h"});
        REQUIRE(wait_until([&] { return contains(running->errors(), "try 2 of 2"); }));
        running->signal(SIGKILL);
        (void)running->finish();
    }
    CHECK(user.run({"q", "--dry-run"})
              .output.starts_with(
                  "tries jobs of a killed run again (1):\n       1  localhost: echo"));
    const Finished finished = user.run({"q", "--retries", "1", "--retry-delay", "0s"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "1 failed, 1 retried"));
    CHECK(count_of(user.read("marks"), "\n") == 2);
    CHECK(user.run({"q"}).exit_status == 0);
}

TEST_CASE("receipts that a killed remuda had no time to release are removed by the next one") {
    remuda::test::require_sshd();
    OneHost world;
    const User& user = world.user;
    user.write("queue.yaml", "- echo kept\n");
    REQUIRE(user.run({"q", "--shim", "always"}).exit_status == 0);
    // As if it had been: a receipt of which the store has the outcome already.
    user.write("queue.yaml", waiting_job(user, "one", 0));
    kill_when_begun(user, 1);
    user.write("go", "");
    REQUIRE(wait_until([&] { return contains(user.run({"attach", "--list"}).output, "ok"); }));
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(user.path(".remuda/state.db").c_str(), &database) == SQLITE_OK);
    CHECK(sqlite3_exec(database,
                       "UPDATE attempts SET kind = 0, code = 0; UPDATE jobs SET state = 1;",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
    user.write("queue.yaml", "- echo later\n");
    CHECK(user.run({"q", "--shim", "always"}).exit_status == 0);
    CHECK(lines_of(user.run({"attach", "--list"}).output).empty());
}
