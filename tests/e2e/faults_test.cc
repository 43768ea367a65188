// SPDX-License-Identifier: MIT
//
// Faulty files: all is told at once, and nothing has happened.
#include "user.h"

#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include <doctest/doctest.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::require_sshd;
using remuda::test::Sshd;
using remuda::test::text_of;
using remuda::test::User;

namespace {

// Every file of the project with its time and text.
std::map<std::string, std::pair<std::filesystem::file_time_type, std::string>> state_of(
    const User& user) {
    std::map<std::string, std::pair<std::filesystem::file_time_type, std::string>> state;
    for (const auto& file : std::filesystem::recursive_directory_iterator(user.project())) {
        state[file.path()] = {file.last_write_time(), text_of(file.path())};
    }
    return state;
}

}  // namespace

TEST_CASE("all faults of both files are told in one run, and nothing is touched or connected") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    user.write("hosts.yaml", "- \"" + address_of(server) +
                                 "\"\n"
                                 "- node[5-3]\n"
                                 "- hostname: gpu-1\n"
                                 "  seat: []\n");
    user.write("queue.yaml",
               "- echo fine\n"
               "- command: echo {{ x }}\n"
               "  x: []\n"
               "- echo {{ unclosed\n"
               "- command: echo\n"
               "  job: {nmae: x}\n");
    const auto before = state_of(user);

    for (const char* command : {"q", "b"}) {
        const Finished finished = user.run({command});

        INFO(finished.errors);
        CHECK(finished.exit_status == 2);
        CHECK(finished.output.empty());
        CHECK(contains(finished.errors, "--> hosts.yaml:2:"));
        CHECK(contains(finished.errors, "--> hosts.yaml:4:"));
        CHECK(contains(finished.errors, "--> queue.yaml:3:"));
        CHECK(contains(finished.errors, "--> queue.yaml:4:"));
        CHECK(contains(finished.errors, "--> queue.yaml:6:"));
        CHECK(count_of(finished.errors, "error: ") == 5);
        CHECK(count_of(finished.errors, "^") >= 5);
        CHECK(contains(finished.errors, "did you mean"));
        CHECK(state_of(user) == before);
    }
    CHECK(!contains(server.log(), "Connection from"));
}

TEST_CASE("a faulty hosts.yaml beside a good queue changes nothing, and the other way round") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    const std::string good_host = "- \"" + address_of(server) + "\"\n";
    const std::string good_queue = "- echo hi\n";
    const std::pair<std::string, std::string> cases[] = {
        {"- 'unterminated\n", good_queue},
        {"", good_queue},
        {good_host, "- echo 'unterminated\n- \"open\n"},
        {good_host, "- echo {{ nobody_gives_this }}\n"},
        {good_host, "- command: echo {{ x }}\n  x: [1]\n  x: [2]\n"},
        {good_host, "echo, but no list: 1\n"},
    };
    for (const auto& [hosts, queue] : cases) {
        user.write("hosts.yaml", hosts);
        user.write("queue.yaml", queue);
        const auto before = state_of(user);
        const Finished finished = user.run({"q"});
        INFO(hosts, queue, finished.errors);
        CHECK(finished.exit_status == 2);
        CHECK(contains(finished.errors, "error: "));
        CHECK(contains(finished.errors, "--> "));
        CHECK(state_of(user) == before);
    }
    CHECK(!contains(server.log(), "Connection from"));
}

TEST_CASE("missing files are both named, with what to write into them") {
    const User user;
    const Finished finished = user.run({"q"});
    CHECK(finished.exit_status == 2);
    CHECK(contains(finished.errors, "hosts.yaml"));
    CHECK(contains(finished.errors, "queue.yaml"));
    CHECK(count_of(finished.errors, "help: ") == 2);
    CHECK(std::filesystem::is_empty(user.project()));
}

TEST_CASE("a dry run shows nodes and jobs and touches nothing") {
    require_sshd();
    const User user;
    const Sshd server;
    user.trust(server);
    user.write("hosts.yaml", "- \"" + address_of(server) + "\"\n");
    user.write("queue.yaml", "- command: echo {{ x }}\n  x: [1, 2]\n");
    const auto before = state_of(user);

    const Finished finished = user.run({"q", "--dry-run"});

    CHECK(finished.exit_status == 0);
    CHECK(contains(finished.output, "nodes (1):\n"));
    CHECK(contains(finished.output, "jobs (2):\n"));
    CHECK(contains(finished.output, "echo 2\n"));
    CHECK(state_of(user) == before);
    CHECK(!contains(server.log(), "Connection from"));
}

TEST_CASE("a dry run ends with 2 if a command cannot be filled in") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    user.write("queue.yaml", "- command: echo {{ gt x 1 }}\n  x: [2, two]\n");

    const Finished finished = user.run({"q", "--dry-run"});

    CHECK(finished.exit_status == 2);
    CHECK(contains(finished.output, "1  echo true\n"));
    CHECK(contains(finished.output, "^ cannot run: helper 'gt': "));
    CHECK(contains(finished.errors, "error: a command cannot be filled in"));
}

TEST_CASE("an empty queue is done at once") {
    const User user;
    user.write("hosts.yaml", "- localhost\n");
    for (const char* queue : {"", "# nothing yet\n", "[]\n"}) {
        INFO(queue);
        user.write("queue.yaml", queue);
        const Finished finished = user.run({"q"});
        CHECK(finished.exit_status == 0);
        CHECK(finished.output.empty());
        CHECK(contains(finished.errors, "nothing to do, queue.yaml is empty"));
        CHECK(user.read("queue.yaml") == queue);
    }
}
