// SPDX-License-Identifier: MIT
//
// Machines that stop answering in the middle of a run: stopped servers, stopped jump hosts. They
// are found by their silence; what ran there is lost, and the others go on.
#include "user.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <signal.h>

using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::require_sshd;
using remuda::test::Sshd;
using remuda::test::SshKeys;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

struct Named {
    std::string name;
    const Sshd* server = nullptr;
};

// Hosts "far", which is reached as `route` says, and "near". Silence is found after 5.2 s.
void write_config(const User& user, const std::vector<Named>& hosts, const std::string& route) {
    std::string config = "Host far\n" + route;
    for (const auto& [name, server] : hosts) {
        user.trust(*server);
        config += "Host " + name + "\n  HostName " + server->address() + "\n  Port " +
                  std::to_string(server->port()) + "\n";
    }
    config += "Host *\n  ServerAliveInterval 2\n  ServerAliveCountMax 2\n  IdentityFile " +
              SshKeys::shared().user_key() + "\n  IdentityAgent none\n  UserKnownHostsFile " +
              user.known_hosts() + "\n";
    user.write("ssh_config", config);
    user.write("hosts.yaml", "- far\n- near\n");
}

// A job on "far" never ends; one on "near" does when there is one on "far".
void write_queue(const User& user) {
    const std::string up = user.path("up");
    user.write("queue.yaml",
               "- command: |\n"
               "    if test {{ hostname }} = far; then >" +
                   up + "; exec sleep 1000; fi\n    until test -e " + up +
                   "; do sleep 0.02; done\n    echo number {{ n }}\n"
                   "  n: [1, 2, 3, 4, 5, 6, 7, 8]\n");
}

void stop(const Sshd& server) {
    ::kill(server.pid(), SIGSTOP);
    for (const pid_t pid : server.session_processes())
        ::kill(pid, SIGSTOP);
}

// Runs the queue, and stops `server` when a job runs on "far". The job there is lost.
Finished run_and_stop(const User& user, const Sshd& server) {
    write_queue(user);
    const auto running = user.start({"q", "--no-durable", "--ssh-config", "ssh_config"});
    CHECK(wait_until([&] { return user.has("up"); }));
    stop(server);
    Finished finished = running->finish();
    CHECK(finished.exit_status == 1);
    CHECK(count_of(finished.output, "] number ") == 7);
    return finished;
}

}  // namespace

TEST_CASE("a jump host that is stopped is found, and named for what is lost behind it") {
    require_sshd();
    const User user;
    const Sshd bastion;
    const Sshd far;
    const Sshd near;
    write_config(user, {{"bastion", &bastion}, {"far", &far}, {"near", &near}},
                 "  ProxyJump bastion\n");
    const Finished finished = run_and_stop(user, bastion);
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(contains(finished.errors, "lost"));
    CHECK(contains(finished.errors, "bastion"));
    CHECK(contains(finished.errors, "does not answer any more"));
}

TEST_CASE("of two jump hosts in a row either is found when it is stopped, and named") {
    require_sshd();
    bool is_first = false;
    SUBCASE("the second") {}
    SUBCASE("the first") {
        is_first = true;
    }
    const User user;
    const Sshd first;
    const Sshd second;
    const Sshd far;
    const Sshd near;
    write_config(user, {{"first", &first}, {"second", &second}, {"far", &far}, {"near", &near}},
                 "  ProxyJump first,second\n");
    const Finished finished = run_and_stop(user, is_first ? first : second);
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(contains(finished.errors, is_first ? "first" : "second"));
    CHECK(contains(finished.errors, "does not answer any more"));
}

TEST_CASE("a stopped server behind a living jump host is found, and the jump host is not blamed") {
    require_sshd();
    const User user;
    const Sshd bastion;
    const Sshd far;
    const Sshd near;
    write_config(user, {{"bastion", &bastion}, {"far", &far}, {"near", &near}},
                 "  ProxyJump bastion\n");
    const Finished finished = run_and_stop(user, far);
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(contains(finished.errors, "the server does not answer any more"));
    CHECK_FALSE(contains(finished.errors, "bastion"));
}
