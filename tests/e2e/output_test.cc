// SPDX-License-Identifier: MIT
//
// What the program writes when nobody sits before it: pipes, files, scripts.
#include "json_text.h"
#include "user.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::is_json;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::run_program;
using remuda::test::Sshd;
using remuda::test::User;
using remuda::test::Words;

namespace {

constexpr char kEscape = '\x1B';

bool has_escapes(const std::string& text) {
    return text.find(kEscape) != std::string::npos || text.find('\r') != std::string::npos;
}

}  // namespace

TEST_CASE("under a pipe stdout holds what the jobs wrote there, and stderr all the rest") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    const std::string node = address_of(server);
    std::size_t last_job = 0;
    for (const std::string& host : {std::string("localhost"), node}) {
        // Jobs are counted over all runs.
        last_job += 2;
        user.write("hosts.yaml", "- \"" + host + "\"\n");
        user.write("queue.yaml", "- echo to-out; echo to-err >&2; printf unended\n- \"exit 7\"\n");
        const Finished finished = user.run({"q"});
        INFO(finished.errors);
        CHECK(finished.exit_status == 1);
        const std::string prefix = "[" + host + "] ";
        CHECK(lines_of(finished.output) == Words{prefix + "to-out", prefix + "unended"});
        CHECK(contains(finished.errors, "[" + host + "]! to-err\n"));
        CHECK(contains(finished.errors, "FAILED   job " + std::to_string(last_job) + " exit 7"));
        CHECK(contains(finished.errors, ": 1 ok, 1 failed\n"));
        CHECK(!has_escapes(finished.output));
        CHECK(!has_escapes(finished.errors));
    }
}

TEST_CASE("with --json each line of stdout is an object, and their numbers have no gap") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    user.write("hosts.yaml", "- \"" + address_of(server) + "\"\n- localhost\n- 127.0.0.1:1\n");
    user.write("queue.yaml",
               "- printf 'quote \" backslash \\\\ bell \\a esc \\033[31m byte \\377 é\\n'\n"
               "- echo err >&2; exit 3\n"
               "- command: echo {{ x }}\n"
               "  x: ['tab\there', 漢字]\n"
               "  job: {name: 'a \"name\"'}\n"
               "- kill -TERM $$\n");

    const Finished finished = user.run({"q", "--json"});

    INFO(finished.output);
    CHECK(finished.exit_status == 1);
    const std::vector<std::string> lines = lines_of(finished.output);
    REQUIRE(lines.size() > 10);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        INFO(lines[i]);
        CHECK(is_json(lines[i]));
        CHECK(lines[i].starts_with("{\"v\":1,\"seq\":" + std::to_string(i) + ","));
    }
    CHECK(contains(lines.front(), "\"type\":\"run_started\""));
    CHECK(contains(lines.back(), "\"type\":\"run_ended\""));
    CHECK(contains(lines.back(), "\"exit_code\":1"));
    CHECK(count_of(finished.output, "\"type\":\"job_taken\"") == 5);
    CHECK(count_of(finished.output, "\"type\":\"job_started\"") == 5);
    CHECK(count_of(finished.output, "\"type\":\"job_ended\"") == 5);
    CHECK(count_of(finished.output, "\"outcome\":\"exited\",\"code\":3") == 1);
    CHECK(count_of(finished.output, "\"signal\":\"TERM\"") == 1);
    CHECK(contains(finished.output, "\"stream\":\"stderr\",\"text\":\"err\\n\""));
    CHECK(!has_escapes(finished.output));
}

TEST_CASE("escape sequences of the jobs do not come through a pipe") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- printf '\\033[31mred\\033[0m \\033]0;title\\a\\033[2Jend\\n'\n");
    const Finished finished = user.run({"q"});
    CHECK(!has_escapes(finished.output));
    CHECK(contains(finished.output, "red"));
    CHECK(contains(finished.output, "end\n"));
}

TEST_CASE("--color always colours a pipe; NO_COLOR beats what other variables force") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    const auto run = [&](const Words& words, const remuda::test::Environment& environment) {
        user.write("queue.yaml", "- echo hi\n");
        const Finished finished = user.run(words, environment);
        CHECK(finished.exit_status == 0);
        return finished;
    };
    CHECK(has_escapes(run({"q", "--color", "always"}, {}).output));
    CHECK(has_escapes(run({"q"}, {{"CLICOLOR_FORCE", "1"}}).errors));
    CHECK(!has_escapes(run({"q"}, {{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}).errors));
    CHECK(has_escapes(run({"q", "--color", "always"}, {{"NO_COLOR", "1"}}).output));
    CHECK(!has_escapes(run({"q", "--color", "never"}, {{"CLICOLOR_FORCE", "1"}}).errors));
}

TEST_CASE("-q tells of failures alone, with the last lines of their output") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- echo fine\n- echo the reason >&2; exit 4\n");
    const Finished finished = user.run({"q", "-q"});
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(!contains(finished.output + finished.errors, "] fine"));
    CHECK(contains(finished.errors, "the reason"));
    CHECK(contains(finished.errors, "exit 4"));
}

TEST_CASE("behind `| head -1` the run stops and ends with 141") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    std::string queue;
    for (int i = 0; i < 500; ++i)
        queue += "- echo line; echo line; echo " + std::to_string(i) + " >> ran\n";
    user.write("queue.yaml", queue);
    const std::string command = "cd '" + user.project() + "' && { '" + REMUDA_BINARY +
                                "' q 2> err; echo $? > code; } | head -1";

    const Finished finished = run_program({"sh", "-c", command}, "", user.environment());

    CHECK(finished.output == "[localhost] line\n");
    CHECK(user.read("code") == "141\n");
    // What had not begun is still in the queue.
    const std::size_t ran = lines_of(user.read("ran")).size();
    CHECK(ran < 500);
    CHECK(count_of(user.read("queue.yaml"), "- echo line") == 500 - ran);
}

TEST_CASE("a full disk at stdout is told, and is no success") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- echo hi\n");
    const std::string command =
        "cd '" + user.project() + "' && '" + REMUDA_BINARY + "' q > /dev/full";
    const Finished finished = run_program({"sh", "-c", command}, "", user.environment());
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "No space left on device"));
}
