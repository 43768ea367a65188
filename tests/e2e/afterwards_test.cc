// SPDX-License-Identifier: MIT
//
// status, show, logs, history, retry and cancel as people use them.
#include "json_text.h"
#include "terminal.h"
#include "user.h"

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include <doctest/doctest.h>

using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::is_json;
using remuda::test::lines_of;
using remuda::test::run_program;
using remuda::test::Running;
using remuda::test::Terminal;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

void write_hosts(const User& user, const std::string& slots = "2") {
    user.write("hosts.yaml", "- hostname: localhost\n  slots: " + slots + "\n");
}

// Writes `started`, then waits until there is a file `go` (or no folder any more).
constexpr const char* kWaiting =
    "cd \"$D\"; echo begun; touch started; while [ -e hosts.yaml ] && [ ! -e go ]; do sleep 0.02; "
    "done; echo over";

std::string waiting_job(const User& user) {
    std::string text = kWaiting;
    text.replace(text.find("\"$D\""), 4, user.project());
    return "- '" + text + "'\n";
}

bool wait_for_file(const User& user, const std::string& name) {
    return wait_until([&] { return user.has(name); });
}

// Ran to its end: 1 ok, 2 fails with 3, 3 ok.
void run_some(const User& user) {
    write_hosts(user, "1");
    user.write("queue.yaml",
               "- echo one; echo oops >&2\n- echo two; exit 3\n- {command: echo three, job: {name: "
               "last}}\n");
    CHECK(user.run({"q"}).exit_status == 1);
}

}  // namespace

TEST_CASE("history lists jobs by the numbers that the run showed") {
    const User user;
    run_some(user);
    const Finished all = user.run({"history"});
    CHECK(all.exit_status == 0);
    const auto lines = lines_of(all.output);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].starts_with("JOB  STARTED"));
    CHECK(lines[1].starts_with("  1  "));
    CHECK(contains(lines[1], "localhost  ok       echo one; echo oops >&2"));
    CHECK(contains(lines[2], "localhost  exit 3   echo two; exit 3"));
    CHECK(contains(lines[3], "localhost  ok       last"));
    CHECK(lines_of(user.run({"history", "--failed"}).output).size() == 2);
    CHECK(lines_of(user.run({"history", "-n", "1"}).output).size() == 2);
    CHECK(lines_of(user.run({"history", "--grep", "three"}).output).size() == 2);
    CHECK(lines_of(user.run({"history", "--node", "local*", "--since", "1h"}).output).size() == 4);
    CHECK(user.run({"history", "--node", "gpu*"}).errors == "no such job\n");
    CHECK(user.run({"history", "--since", "2000-01-01", "--run", "1"}).exit_status == 0);
    CHECK(user.run({"history", "--since", "yesterday"}).exit_status == 2);
    // A later run counts on.
    user.write("queue.yaml", "- exit 4\n");
    CHECK(contains(user.run({"q"}).errors, "FAILED   job 4 exit 4"));
    CHECK(lines_of(user.run({"history", "--run", "2"}).output).size() == 2);
}

TEST_CASE("history is data for programs") {
    const User user;
    run_some(user);
    for (const auto& words :
         {remuda::test::Words{"history", "--json"}, remuda::test::Words{"history", "export"},
          remuda::test::Words{"show", "1-3", "--json"}}) {
        const Finished listed = user.run(words);
        CHECK(listed.exit_status == 0);
        const auto lines = lines_of(listed.output);
        REQUIRE(lines.size() == 3);
        for (const std::string& line : lines)
            CHECK(is_json(line));
        CHECK(
            contains(lines[1],
                     R"("number":2,"run":1,"job":2,"state":"ended","outcome":"exited","code":3,)"));
    }
    const Finished csv = user.run({"history", "export", "--format", "csv", "--failed"});
    CHECK(csv.exit_status == 0);
    CHECK(csv.output.starts_with("number,run,job,state,attempt,node,outcome,code,"));
    CHECK(contains(csv.output, "\r\n2,1,2,ended,2,localhost,exited,3,,,"));
    CHECK(count_of(csv.output, "\r\n") == 2);
}

TEST_CASE("show tells all of a job") {
    const User user;
    run_some(user);
    const Finished shown = user.run({"show", "2"});
    CHECK(shown.exit_status == 0);
    CHECK(shown.output.starts_with("job 2: exit 3\nrun     1 (its job 2), taken "));
    CHECK(contains(shown.output, "entry\n    - command:\n        - echo two; exit 3\n"));
    CHECK(contains(shown.output, "attempt 2 on localhost: exit 3\n"));
    CHECK(contains(shown.output, "  stdout  4 bytes, "));
    const Finished unknown = user.run({"show", "9"});
    CHECK(unknown.exit_status == 2);
    CHECK(contains(unknown.errors, "error: there is no job 9 in "));
    CHECK(contains(user.run({"show", "x"}).errors, "'x' is no number of a job"));
}

TEST_CASE("where nothing ran yet, that is said with what to do") {
    const User user;
    for (const char* command : {"status", "history"}) {
        const Finished asked = user.run({command});
        CHECK(asked.exit_status == 2);
        CHECK(contains(asked.errors, "nothing was recorded there yet; run `remuda q` first"));
    }
    // A look makes nothing.
    CHECK_FALSE(user.has(".remuda"));
}

TEST_CASE("logs gives back what a job wrote, each stream where it belongs") {
    const User user;
    run_some(user);
    const Finished both = user.run({"logs", "1"});
    CHECK(both.exit_status == 0);
    CHECK(both.output == "one\n");
    CHECK(both.errors == "oops\n");
    CHECK(user.run({"logs", "--stderr", "1"}).output == "oops\n");
    CHECK(user.run({"logs", "--stdout", "1"}).errors.empty());
    const Finished several = user.run({"logs", "--stdout", "1-2"});
    CHECK(several.output ==
          "==> job 1 on localhost (attempt 1) <==\none\n"
          "==> job 2 on localhost (attempt 2) <==\ntwo\n");
    CHECK(user.run({"logs", "--attempt", "7", "1"}).exit_status == 2);
    CHECK(user.run({"logs", "-f", "2"}).output == "two\n");
}

TEST_CASE("logs keeps any bytes, and a terminal gets no control characters") {
    const User user;
    write_hosts(user);
    user.write("queue.yaml",
               R"(- 'printf "a\033]0;title\007b\033[31mred\033[0m 50%%\r100%%\n\001\377"')"
               "\n");
    CHECK(user.run({"q"}).exit_status == 0);
    CHECK(user.run({"logs", "1"}).output ==
          std::string("a\033]0;title\007b\033[31mred\033[0m 50%\r100%\n\001\377"));
    Terminal terminal(user, {"logs", "1"}, 80);
    CHECK(terminal.finish() == 0);
    CHECK(terminal.bytes().find("\033]") == std::string::npos);
    CHECK(terminal.bytes().find('\007') == std::string::npos);
    CHECK(terminal.bytes().find('\001') == std::string::npos);
    CHECK(contains(terminal.bytes(), "100%"));
}

TEST_CASE("logs -f follows a running job to its end, and status shows it") {
    const User user;
    write_hosts(user);
    user.write("queue.yaml", waiting_job(user));
    const auto run = user.start({"q"});
    REQUIRE(wait_for_file(user, "started"));
    const auto follow = user.start({"logs", "-f", "1"});
    CHECK(wait_until([&] { return contains(follow->output(), "begun\n"); }));
    user.write("queue.yaml", "- a\n- b\n- {command: c, slots: 2}\n");
    const Finished status = user.run({"status"});
    CHECK(status.exit_status == 0);
    CHECK(contains(status.output, "run 1: queue of "));
    CHECK(contains(status.output, "localhost  running"));
    CHECK(contains(status.output, "busy nodes: localhost ("));
    const Finished data = user.run({"status", "--json"});
    CHECK(contains(data.output, R"("type":"run","run":1,"state":"alive")"));
    CHECK(contains(data.output, R"("number":1,"run":1,"job":1,"state":"running")"));
    for (const std::string& line : lines_of(data.output))
        CHECK(is_json(line));
    CHECK(contains(user.run({"logs", "1"}).errors, "job 1 is running; -f follows it to its end"));
    user.write("go", "");
    const Finished followed = follow->finish();
    CHECK(followed.exit_status == 0);
    CHECK(followed.output == "begun\nover\n");
    (void)run->finish();
    CHECK(contains(user.run({"status"}).output, "no remuda is running"));
}

TEST_CASE("retry puts jobs back into the queue, and they run again") {
    const User user;
    run_some(user);
    user.write("queue.yaml", "# mine\n- later\n");
    const Finished failed = user.run({"retry", "--failed"});
    CHECK(failed.exit_status == 0);
    CHECK(failed.errors == "put 1 job back into queue.yaml (2 jobs there now)\n");
    CHECK(user.read("queue.yaml") == "# mine\n- later\n- echo two; exit 3\n");
    // Once.
    CHECK(user.run({"retry", "--failed"}).errors == "no failed job is left to be put back\n");
    CHECK(contains(user.run({"history"}).output, "exit 3 (put back)"));
    const Finished again = user.run({"retry", "2"});
    CHECK(again.exit_status == 2);
    CHECK(contains(again.errors, "job 2 is in the queue already, put back 20"));
    CHECK(user.read("queue.yaml") == "# mine\n- later\n- echo two; exit 3\n");
    CHECK(user.run({"retry", "--front", "3", "1"}).exit_status == 0);
    CHECK(user.read("queue.yaml") ==
          "# mine\n- echo one; echo oops >&2\n- command:\n    - echo three\n  job:\n    name: "
          "last\n- later\n- echo two; exit 3\n");
    CHECK(user.run({"retry"}).exit_status == 2);
    CHECK(user.run({"retry", "9"}).exit_status == 2);
    CHECK(contains(user.run({"q"}).errors, "job 4"));
    CHECK(contains(user.run({"retry", "2"}).errors, "and taken again as job 7"));
    // Taken out of the queue by hand it can be put back anew.
    CHECK(user.run({"retry", "7"}).exit_status == 0);
    CHECK(user.run({"rm", "1"}).exit_status == 0);
    CHECK(user.run({"retry", "7"}).exit_status == 0);
}

TEST_CASE("a job that is put back before all others under a run is not taken for a repeat") {
    const User user;
    write_hosts(user, "1");
    user.write("queue.yaml", "- echo again; exit 3\n" + waiting_job(user) + "- echo last\n");
    const auto run = user.start({"q"});
    REQUIRE(wait_for_file(user, "started"));
    REQUIRE(
        wait_until([&] { return contains(user.run({"history", "--failed"}).output, "exit 3"); }));
    CHECK(user.run({"retry", "--front", "1"}).exit_status == 0);
    user.write("go", "");
    const Finished finished = run->finish();
    CHECK(count_of(finished.output, "] again\n") == 2);
    CHECK(count_of(finished.output, "] last\n") == 1);
}

TEST_CASE("cancel ends a running job, and nothing else") {
    const User user;
    write_hosts(user);
    user.write("queue.yaml", "- echo up; touch " + user.path("second") + "; exec sleep 1000\n" +
                                 waiting_job(user));
    const auto run = user.start({"q"});
    REQUIRE(wait_for_file(user, "started"));
    REQUIRE(wait_for_file(user, "second"));
    const Finished cancelled = user.run({"cancel", "1"});
    CHECK(cancelled.exit_status == 0);
    CHECK(cancelled.errors == "1 job was told to end\n");
    REQUIRE(wait_until([&] { return contains(user.run({"history"}).output, "cancelled"); }));
    user.write("go", "");
    const Finished finished = run->finish();
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "1 ok, 1 cancelled"));
    const Finished late = user.run({"cancel", "1", "2"});
    CHECK(late.exit_status == 1);
    CHECK(late.errors == "error: job 1 has ended: cancelled\nerror: job 2 has ended: exit 0\n");
}

TEST_CASE("what cannot be cancelled is told with the remedy") {
    const User user;
    write_hosts(user);
    user.write("queue.yaml", waiting_job(user));
    {
        const auto run = user.start({"q"});
        REQUIRE(wait_for_file(user, "started"));
        REQUIRE(wait_until([&] { return contains(user.run({"logs", "1"}).output, "begun"); }));
        run->signal(SIGKILL);
        (void)run->finish();
    }
    user.write("go", "");
    const Finished cancelled = user.run({"cancel", "1"});
    CHECK(cancelled.exit_status == 1);
    CHECK(
        contains(cancelled.errors, "no remuda is alive that job 1 belongs to (run 1 was killed)"));
    CHECK(contains(user.run({"status"}).output, "run 1 was killed"));
    CHECK(contains(user.run({"retry", "1"}).errors, "`remuda q` finds out first"));
    // What it wrote before is there.
    CHECK(contains(user.run({"logs", "1"}).output, "begun\n"));
    // Nobody has seen when it ended.
    user.write("queue.yaml", "");
    CHECK(contains(user.run({"q"}).errors, "LOST job 1"));
    CHECK_FALSE(contains(user.run({"history", "--json"}).output, "\"ended_at\""));
    CHECK_FALSE(contains(user.run({"show", "1"}).output, "took"));
}

TEST_CASE("who reads only the beginning of a log is not told that the rest was not kept") {
    const User user;
    write_hosts(user);
    user.write("queue.yaml", "- head -c 3000000 /dev/zero\n");
    CHECK(user.run({"q", "-q"}).exit_status == 0);
    const std::string command =
        "cd '" + user.project() + "' && '" + REMUDA_BINARY + "' logs --stdout 1 2> err | head -c 9";
    (void)run_program({"sh", "-c", command}, "", user.environment());
    CHECK(user.has("err"));
    CHECK(user.read("err").empty());
}

TEST_CASE("prune forgets old runs, and says of how many") {
    const User user;
    run_some(user);
    user.write("queue.yaml", "- echo new\n");
    CHECK(user.run({"q"}).exit_status == 0);
    CHECK(user.has(".remuda/logs/1/1.out"));
    CHECK(user.run({"history", "prune", "--older-than", "1h"}).errors ==
          "forgot 0 runs with 0 jobs\n");
    const Finished pruned = user.run({"history", "prune", "--older-than", "0s"});
    CHECK(pruned.exit_status == 0);
    CHECK(pruned.errors == "forgot 1 run with 3 jobs\n");
    CHECK_FALSE(user.has(".remuda/logs/1"));
    CHECK(user.has(".remuda/logs/2/1.out"));
    CHECK(lines_of(user.run({"history"}).output).size() == 2);
    CHECK(user.run({"history", "prune"}).exit_status == 2);
}

TEST_CASE("a job that waits to be tried again can be cancelled, and is told by its number") {
    const User user;
    write_hosts(user);
    user.write("queue.yaml", "- echo first\n");
    CHECK(user.run({"q"}).exit_status == 0);
    user.write("queue.yaml", "- command: echo tried >> " + user.path("tries") +
                                 "; exit 3\n  job: {retries: 5, retry_delay: 10m}\n");
    const auto run = user.start({"q"});
    REQUIRE(wait_until([&] { return contains(run->errors(), "job 2 exit 3"); }));
    CHECK(contains(user.run({"status"}).output, "to be tried again: exit 3"));
    CHECK(user.run({"cancel", "2"}).exit_status == 0);
    const Finished finished = run->finish();
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "job 2 exit 3, not tried again: it was cancelled"));
    CHECK(user.read("tries") == "tried\n");
    CHECK(contains(user.run({"history"}).output, "exit 3"));
}

TEST_CASE("a retry that is given up is told by the number of its job") {
    const User user;
    write_hosts(user);
    user.write("queue.yaml", "- echo first\n");
    CHECK(user.run({"q"}).exit_status == 0);
    user.write("queue.yaml", "- {command: exit 3, job: {retries: 5, retry_delay: 1h}}\n");
    const auto run = user.start({"q"});
    REQUIRE(wait_until([&] { return contains(run->errors(), "job 2 exit 3"); }));
    run->signal(SIGINT);
    const Finished finished = run->finish();
    CHECK(contains(finished.errors, "job 2 exit 3, not tried again"));
}
