// SPDX-License-Identifier: MIT
//
// Options of a job, and when a run ends early, on this machine.
#include "terminal.h"
#include "user.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <sys/stat.h>

using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::Terminal;
using remuda::test::User;

namespace {

// Whoever opens it to read waits for ever.
void make_fifo(const User& user, const std::string& name) {
    REQUIRE(::mkfifo(user.path(name).c_str(), 0600) == 0);
}

void set_up(const User& user, const std::string& queue, int slots = 1) {
    user.write("hosts.yaml", "- hostname: localhost\n  slots: " + std::to_string(slots) + "\n");
    user.write("queue.yaml", queue);
}

}  // namespace

TEST_CASE("a job that fails is tried again as often as it says") {
    const User user;
    set_up(user,
           "- command: echo x >> tries; test $(wc -l < tries) -ge 3\n"
           "  job: {retries: 2, retry_delay: 0s}\n");
    const Finished finished = user.run({"q"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(contains(finished.errors, "try 2 of 3"));
    CHECK(contains(finished.errors, "try 3 of 3"));
    CHECK(contains(finished.errors, ": 1 ok, 1 retried\n"));
    CHECK(user.read("tries") == "x\nx\nx\n");
    // As it was written, for whoever pastes it back.
    CHECK(contains(user.read("consumed.yaml"), "    retries: 2\n    retry_delay: 0s\n"));
}

TEST_CASE("what is not named is not tried again, and the last attempt counts") {
    const User user;
    set_up(user, "- echo x >> tries; exit 3\n- echo y >> tries; exit 4\n");
    const Finished finished =
        user.run({"q", "--retries", "1", "--retry-delay", "0", "--retry-on", "lost,4-9"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(user.read("tries") == "x\ny\ny\n");
    CHECK(contains(finished.errors, ": 2 failed, 1 retried\n"));
}

TEST_CASE("in broadcast each node tries again by itself") {
    const User user;
    user.write("hosts.yaml", "- hostname: localhost\n  seat: [a, b]\n");
    user.write("queue.yaml",
               "- echo x >> {{ seat }}; test {{ seat }} = a || test $(wc -l < b) -ge 2\n");
    const Finished finished = user.run({"b", "--retries", "1", "--retry-delay", "0"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(user.read("a") == "x\n");
    CHECK(user.read("b") == "x\nx\n");
}

TEST_CASE("a job past its time limit is ended and told as timed out") {
    const User user;
    set_up(user, "- command: cat never\n  job: {timeout: 50ms}\n");
    make_fifo(user, "never");
    const Finished finished = user.run({"q"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "job 1 timed out after"));
}

TEST_CASE("a run ends with its first success if that is wanted") {
    const User user;
    set_up(user, "- cat never\n- exit 3\n- echo found\n- echo not needed\n", 2);
    make_fifo(user, "never");
    const Finished finished = user.run({"q", "--halt", "now,success=1"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(contains(finished.errors, "halted (1 job has succeeded) in"));
    CHECK(contains(finished.errors, "1 cancelled"));
    CHECK(user.read("queue.yaml") == "- echo not needed\n");
}

TEST_CASE("a run ends softly at a share of failures") {
    const User user;
    set_up(user, "- exit 1\n- exit 2\n- echo a\n- echo b\n");
    const Finished finished = user.run({"q", "--halt", "soon,fail=50%"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "halted (2 jobs have failed) in"));
    CHECK(user.read("queue.yaml") == "- echo a\n- echo b\n");
}

TEST_CASE("environment, folder and stdin are filled in, and the job's own go before the run's") {
    const User user;
    set_up(user,
           "- command: echo \"$A $B $C\"; basename \"$PWD\"; cat\n"
           "  x: [one]\n"
           "  job:\n"
           "    env: {A: '{{ x }}', B: \"it's\"}\n"
           "    cwd: '{{ x }}'\n"
           "    stdin: 'in {{ x }}'\n");
    std::filesystem::create_directory(user.path("one"));
    const Finished finished = user.run({"q", "--env", "B=run", "--env", "C=all"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(finished.output == "[localhost] one it's all\n[localhost] one\n[localhost] in one\n");
}

TEST_CASE("a file for all jobs that is not there is a fault of the command line") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- cat\n");
    const Finished finished = user.run({"q", "--stdin-file", "typo"});
    CHECK(finished.exit_status == 2);
    CHECK(contains(finished.errors, "cannot read 'typo': No such file or directory"));
    CHECK(user.read("queue.yaml") == "- cat\n");
    user.write("in-localhost", "given\n");
    CHECK(user.run({"q", "--stdin-file", "in-{{ hostname }}"}).output == "[localhost] given\n");
}

TEST_CASE("a file of this machine is a job's stdin") {
    const User user;
    set_up(user,
           "- command: cat\n  job: {stdin_file: in}\n- command: cat\n"
           "  job: {stdin_file: missing}\n");
    user.write("in", "hello\n");
    const Finished finished = user.run({"q"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(finished.output == "[localhost] hello\n");
    CHECK(
        contains(finished.errors, "stdin_file: cannot open 'missing': No such file or directory"));
}

TEST_CASE("sudo gets the command, and the environment by another way than its arguments") {
    const User user;
    set_up(
        user,
        "- command: echo \"$A $CLEAN\"; cat\n  job: {sudo: true, env: {A: secret}, stdin: in}\n");
    // As sudo does it: none of the environment is kept.
    user.write("sudo",
               "#!/bin/sh\nprintf '%s ' \"$@\" > arguments\nshift 2\n"
               "exec env -i PATH=\"$PATH\" CLEAN=yes \"$@\"\n");
    ::chmod(user.path("sudo").c_str(), 0700);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread.
    const std::string path = user.project() + ":" + std::getenv("PATH");
    const Finished finished = user.run({"q"}, {{"PATH", path}});
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(finished.output == "[localhost] secret yes\n[localhost] in\n");
    CHECK(user.read("arguments").starts_with("-n -- sh -c "));
    CHECK_FALSE(contains(user.read("arguments"), "secret"));
}

TEST_CASE("a password for sudo is asked for once, and the job never sees it") {
    const User user;
    set_up(user,
           "- command: echo \"$A\"; cat\n  job: {sudo: true, env: {A: asked}, stdin: one}\n"
           "- command: echo \"$A\"; cat\n  job: {sudo: true, env: {A: spared}, stdin: two}\n");
    // It asks for the password the first time alone.
    user.write("sudo",
               "#!/bin/sh\nshift 4\nif [ ! -e seen ]; then IFS= read -r word; echo $word > seen; "
               "fi\nexec env -i PATH=\"$PATH\" \"$@\"\n");
    ::chmod(user.path("sudo").c_str(), 0700);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread.
    const std::string path = user.project() + ":" + std::getenv("PATH");
    Terminal terminal(user, {"q", "--ask-sudo-password"}, 100, {{"PATH", path}});
    terminal.read_until("Password for sudo on the hosts: ");
    terminal.type("hunter2\n");
    CHECK(terminal.finish() == 0);
    INFO(terminal.bytes());
    CHECK(user.read("seen") == "hunter2\n");
    CHECK(count_of(terminal.bytes(), "Password for sudo") == 1);
    CHECK_FALSE(contains(terminal.bytes(), "hunter2"));
    for (const char* line : {"asked", "one", "spared", "two"})
        CHECK(contains(terminal.bytes(), line));
}

TEST_CASE("wrong policies are refused before anything runs") {
    const User user;
    set_up(user, "- echo a\n");
    CHECK(contains(user.run({"q", "--halt", "now,fail"}).errors, "'now,fail' is not `never`"));
    CHECK(contains(user.run({"q", "--timeout", "5x"}).errors, "'5x' is no duration"));
    CHECK(contains(user.run({"q", "--retry-on", "lots"}).errors, "'lots' is no list"));
    CHECK(contains(user.run({"q", "-d", "--halt", "soon,done=10%"}).errors, "no percentage"));
    CHECK(
        contains(user.run({"q", "-e", "--halt", "never"}).errors, "cannot be given together with"));
    CHECK(user.read("queue.yaml") == "- echo a\n");
}
