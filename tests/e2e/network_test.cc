// SPDX-License-Identifier: MIT
//
// Networks as they are: slow ones, ones that lose packets, links that go down without a word.
#include "support/wire.h"
#include "user.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::require_sshd;
using remuda::test::require_wire;
using remuda::test::Running;
using remuda::test::Sshd;
using remuda::test::SshdOptions;
using remuda::test::SshKeys;
using remuda::test::User;
using remuda::test::wait_until;
using remuda::test::Wire;
using remuda::test::Words;

namespace {

// Servers at the other end of the wire, known to a user as "host0", "host1" ...
struct Fleet {
    Fleet(std::chrono::milliseconds delay, unsigned lost_of_1000, int count,
          const std::string& config = {})
        : wire(delay, lost_of_1000) {
        std::string hosts;
        std::string known;
        std::string ssh_config;
        const Wire::Stay stay = wire.there();
        for (int i = 0; i < count; ++i) {
            SshdOptions options;
            options.config = "ListenAddress " + Wire::address(i) + ":2222\n";
            servers.push_back(std::make_unique<Sshd>(options));
            const std::string name = "host" + std::to_string(i);
            hosts += "- " + name + "\n";
            known +=
                "[" + Wire::address(i) + "]:2222 " + SshKeys::shared().host_public_key() + "\n";
            ssh_config += "Host " + name + "\n  HostName " + Wire::address(i) + "\n  Port 2222\n";
        }
        user.write("known_hosts", known);
        user.write("hosts.yaml", hosts);
        user.write("ssh_config", ssh_config + "Host *\n  IdentityFile " +
                                     SshKeys::shared().user_key() +
                                     "\n  IdentityAgent none\n  UserKnownHostsFile " +
                                     user.path("known_hosts") + "\n" + config);
    }

    [[nodiscard]] std::unique_ptr<Running> start(Words words) const {
        words.insert(words.end(), {"--ssh-config", "ssh_config"});
        const Wire::Stay stay = wire.here();
        return user.start(words);
    }

    User user;
    Wire wire;
    std::vector<std::unique_ptr<Sshd>> servers;
};

// Silence is found after 5.2 s.
constexpr const char* kImpatient = "  ServerAliveInterval 2\n  ServerAliveCountMax 2\n";

}  // namespace

TEST_CASE("over a slow network that loses packets every job of a queue runs exactly once") {
    require_sshd();
    require_wire();
    const Fleet fleet(25ms, 30, 3);
    fleet.user.write("hosts.yaml", "- hostname: [host0, host1, host2]\n  slots: 4\n");
    std::filesystem::create_directory(fleet.user.path("done"));
    std::string numbers = "1";
    for (int n = 2; n <= 48; ++n)
        numbers += ", " + std::to_string(n);
    fleet.user.write("queue.yaml", "- command: echo once >>" + fleet.user.path("done") +
                                       "/{{ n }}; echo number {{ n }}\n  n: [" + numbers + "]\n");
    const Finished finished = fleet.start({"q", "--no-durable"})->finish();
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(count_of(finished.output, "] number ") == 48);
    for (int n = 1; n <= 48; ++n)
        CHECK(fleet.user.read("done/" + std::to_string(n)) == "once\n");
    CHECK(fleet.wire.lost() > 0);
}

TEST_CASE("over a slow network that loses packets a broadcast comes through") {
    require_sshd();
    require_wire();
    const Fleet fleet(25ms, 50, 4);
    fleet.user.write("queue.yaml", "- echo first >>" + fleet.user.path("log") +
                                       "\n- echo second >>" + fleet.user.path("log") +
                                       "\n- head -c 300000 /dev/zero | tr '\\0' x\n");
    const Finished finished = fleet.start({"b", "--json"})->finish();
    INFO(finished.errors);
    CHECK(finished.exit_status == 0);
    CHECK(count_of(fleet.user.read("log"), "first\n") == 4);
    CHECK(count_of(fleet.user.read("log"), "second\n") == 4);
    CHECK(count_of(finished.output, "x") >= std::size_t{4} * 300'000);
    CHECK(fleet.wire.lost() > 0);
}

TEST_CASE("a host whose packets are swallowed from the start holds up no other") {
    require_sshd();
    require_wire();
    Fleet fleet(1ms, 0, 3);
    fleet.wire.cut(Wire::address(1));
    fleet.user.write("queue.yaml", "- echo up\n- echo again\n");
    const Finished finished = fleet.start({"b", "--connect-timeout", "2"})->finish();
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(finished.exit_status == 3);
    CHECK(count_of(finished.output, "] up\n") == 2);
    CHECK(count_of(finished.output, "] again\n") == 2);
    CHECK(contains(finished.errors, "connection timed out"));
}

TEST_CASE("what runs behind a link that goes down is lost, and the host rejoins when it is up") {
    require_sshd();
    require_wire();
    Fleet fleet(1ms, 0, 2, kImpatient);
    const std::string up = fleet.user.path("up");
    const std::string again = fleet.user.path("again");
    // On host0 the first job never ends; those on host1 do when there was a second.
    fleet.user.write("queue.yaml",
                     "- command: |\n"
                     "    if test {{ hostname }} = host0 && test -e " +
                         up + "; then >" + again + "; elif test {{ hostname }} = host0; then >" +
                         up + "; exec sleep 1000; fi\n    until test -e " + again +
                         "; do sleep 0.02; done\n    echo number {{ n }}\n"
                         "  n: [1, 2, 3, 4, 5, 6]\n");
    const auto running = fleet.start({"q", "--no-durable"});
    CHECK(wait_until([&] { return fleet.user.has("up"); }));
    fleet.wire.cut(Wire::address(0));
    CHECK(wait_until([&] { return contains(running->errors(), "LOST"); }));
    CHECK_FALSE(fleet.user.has("again"));
    fleet.wire.mend(Wire::address(0));
    const Finished finished = running->finish();
    INFO(finished.output);
    INFO(finished.errors);
    CHECK(finished.exit_status == 1);
    CHECK(contains(finished.errors, "the server does not answer any more"));
    CHECK(contains(finished.errors, "5 ok, 1 lost"));
    CHECK(count_of(finished.output, "] number ") == 5);
}
