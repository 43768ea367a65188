// SPDX-License-Identifier: MIT
//
// `remuda q` against real servers: each job once, whatever becomes of the machines.
#include "user.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::Sshd;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

using Servers = std::vector<std::unique_ptr<Sshd>>;

Servers start_servers(std::size_t count, const User& user) {
    Servers servers;
    for (std::size_t i = 0; i < count; ++i) {
        servers.push_back(std::make_unique<Sshd>());
        user.trust(*servers.back());
    }
    return servers;
}

// A hosts.yaml with nodes of each server that differ by the parameter `seat`.
std::string hosts_yaml(const Servers& servers, std::size_t nodes_each) {
    std::string text = "- hostname:\n";
    for (const auto& server : servers)
        text += "    - \"" + address_of(*server) + "\"\n";
    text += "  seat:\n";
    for (std::size_t i = 0; i < nodes_each; ++i)
        text += "    - s" + std::to_string(i) + "\n";
    return text;
}

std::string numbers_in_brackets(std::size_t count) {
    std::string text = "[";
    for (std::size_t i = 1; i <= count; ++i)
        text += std::to_string(i) + (i < count ? ", " : "]");
    return text;
}

// "1" to "<count>".
std::multiset<std::string> numbers(std::size_t count) {
    std::multiset<std::string> all;
    for (std::size_t i = 1; i <= count; ++i)
        all.insert(std::to_string(i));
    return all;
}

std::multiset<std::string> lines_as_set(const std::string& text) {
    const auto lines = lines_of(text);
    return {lines.begin(), lines.end()};
}

std::size_t jobs_in(const std::string& yaml) {
    return count_of(yaml, "- command:");
}

}  // namespace

TEST_CASE("200 jobs over 20 nodes on 10 servers run once each, and the queue keeps its comments") {
    require_sshd();
    const User user;
    const Servers servers = start_servers(10, user);
    user.write("hosts.yaml", hosts_yaml(servers, 2));
    // The first 100 are entries of their own between comments, the others one product.
    std::string queue = "# The first comment.\n";
    for (int i = 1; i <= 100; ++i) {
        if (i % 25 == 0) queue += "# before " + std::to_string(i) + "\n";
        queue += "- echo " + std::to_string(i) + " >> " + user.path("ran") + "\n";
    }
    queue += "\n# Above the product.\n- command: echo 1{{ a }}{{ b }} >> " + user.path("ran") +
             "\n  a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n  b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]\n" +
             "# The last comment.\n";
    user.write("queue.yaml", queue);

    const Finished finished = user.run({"q"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    std::multiset<std::string> expected = numbers(100);
    for (int i = 100; i < 200; ++i)
        expected.insert(std::to_string(i));
    CHECK(lines_as_set(user.read("ran")) == expected);
    CHECK(jobs_in(user.read("consumed.yaml")) == 200);
    CHECK(user.read("queue.yaml") ==
          "# The first comment.\n# before 25\n# before 50\n# before 75\n# before 100\n\n"
          "# Above the product.\n# The last comment.\n");
    CHECK(contains(finished.errors, ": 200 ok\n"));
}

TEST_CASE("50 nodes on one server with the usual limits take at most 7 connections") {
    require_sshd();
    const User user;
    const Servers servers = start_servers(1, user);
    user.write("hosts.yaml", hosts_yaml(servers, 50));
    // Each job waits until all 50 are there: with fewer nodes at work at a time none would end.
    user.write("queue.yaml",
               "- command: |\n    echo {{ id }} >> " + user.path("ran") +
                   "\n    tries=0\n    while [ $(wc -l < " + user.path("ran") +
                   ") -lt 50 ] && [ $tries -lt 300 ]; do sleep 0.2; tries=$((tries + 1)); done\n" +
                   "    [ $tries -lt 300 ]\n  id: " + numbers_in_brackets(50) + "\n");

    const Finished finished = user.run({"q", "--shim", "never"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(lines_as_set(user.read("ran")) == numbers(50));
    const std::size_t logins = count_of(servers[0]->log(), "Accepted publickey");
    CHECK(logins >= 5);
    CHECK(logins <= 7);
}

TEST_CASE("by the shim 50 jobs at a time on one server share one connection, and leave nothing") {
    require_sshd();
    const User user;
    const Servers servers = start_servers(1, user);
    user.write("hosts.yaml", hosts_yaml(servers, 50));
    user.write("queue.yaml", "- command: \"echo {{ id }} >> " + user.path("ran") +
                                 "\"\n  id: " + numbers_in_brackets(50) + "\n");

    const Finished finished = user.run({"q", "--shim", "always"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(lines_as_set(user.read("ran")) == numbers(50));
    CHECK(count_of(servers[0]->log(), "Accepted publickey") == 1);
    CHECK(count_of(servers[0]->log(), "Starting session: command") == 1);
}

TEST_CASE("a server killed amid the run costs its running jobs, which are reported lost") {
    require_sshd();
    const User user;
    const Servers servers = start_servers(4, user);
    user.write("hosts.yaml", hosts_yaml(servers, 2));
    // A job is over when the file `go` is there, so that all 8 nodes are busy at the kill.
    user.write("queue.yaml", "- command: |\n    echo {{ id }} {{ hostname }} >> " +
                                 user.path("began") + "\n    until [ -e " + user.path("go") +
                                 " ]; do sleep 0.05; done\n    echo {{ id }} >> " +
                                 user.path("ended") + "\n  id: " + numbers_in_brackets(40) + "\n");

    const auto running = user.start({"q", "--json", "--no-durable"});
    REQUIRE(wait_until([&] { return lines_of(user.read("began")).size() == 8; }));
    const std::string victim = servers[0]->address();
    servers[0]->kill_now();
    // The news has come through before anything else ends.
    REQUIRE(wait_until([&] { return contains(running->output(), "\"node_down\""); }));
    user.write("go", "");
    const Finished finished = running->finish();

    INFO(finished.output);
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    const std::string& out = finished.output;
    CHECK(count_of(out, "\"outcome\":\"lost\"") == 2);
    CHECK(count_of(out, "\"type\":\"node_down\"") == 2);
    CHECK(contains(out,
                   "\"succeeded\":38,\"failed\":0,\"cancelled\":0,\"never_started\":0,"
                   "\"lost\":2,\"left_running\":0,\"retried\":0,\"nodes_down\":2,\"exit_code\":1"));
    // Every job has ended once or was among the two that ran there.
    std::map<std::string, std::string> began;
    for (const std::string& line : lines_of(user.read("began"))) {
        const std::size_t blank = line.find(' ');
        CHECK(began.emplace(line.substr(0, blank), line.substr(blank + 1)).second);
    }
    CHECK(began.size() == 40);
    std::multiset<std::string> accounted = lines_as_set(user.read("ended"));
    CHECK(accounted.size() == 38);
    for (const auto& [id, host] : began) {
        if (accounted.contains(id)) continue;
        CHECK(contains(host, victim));
        accounted.insert(id);
    }
    CHECK(accounted == numbers(40));
    CHECK(jobs_in(user.read("consumed.yaml")) == 40);
    CHECK(jobs_in(user.read("queue.yaml")) == 0);
}

TEST_CASE("the summary names the lost jobs, their node and the reason") {
    require_sshd();
    const User user;
    const Servers servers = start_servers(1, user);
    user.write("hosts.yaml", hosts_yaml(servers, 1) + "- localhost\n");
    user.write("queue.yaml", "- command: touch " + user.path("began-") + "{{ id }}; until [ -e " +
                                 user.path("go") + " ]; do sleep 0.05; done\n  id: [1, 2, 3, 4]\n");

    const auto running = user.start({"q", "--no-durable"});
    REQUIRE(wait_until([&] { return user.has("began-1") && user.has("began-2"); }));
    servers[0]->kill_now();
    // It is tried again, as there are jobs left.
    REQUIRE(wait_until([&] { return contains(running->errors(), ": down: "); }));
    user.write("go", "");
    const Finished finished = running->finish();

    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, ": 3 ok, 1 lost, 1 node down\n"));
    CHECK(contains(finished.errors, "went down: "));
    CHECK(contains(finished.errors, "(hosts.yaml:"));
}
