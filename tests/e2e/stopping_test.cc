// SPDX-License-Identifier: MIT
//
// Ctrl-C in its grades, SIGTERM, SIGHUP.
#include "user.h"

#include <csignal>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include <unistd.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::require_sshd;
using remuda::test::Running;
using remuda::test::Sshd;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

// OpenSSH passes signals on for ordinary users only (docs/limits.md).
bool reaches_remote_jobs() {
    return ::geteuid() != 0;
}

enum class Nodes { all_here, one_over_ssh };

// Two nodes, and six jobs that last until the file `go` is there.
class Story {
  public:
    explicit Story(Nodes nodes) {
        user.write("hosts.yaml", "- hostname: localhost\n  seat: [a, b]\n");
        if (nodes == Nodes::one_over_ssh) {
            require_sshd();
            server = std::make_unique<Sshd>();
            user.trust(*server);
            user.write("hosts.yaml", "- \"" + address_of(*server) + "\"\n- localhost\n");
        }
        std::string queue = "# mine\n";
        for (int i = 1; i <= 6; ++i) {
            queue += "- echo $$ >> " + user.path("began") + "; until [ -e " + user.path("go") +
                     " ]; do sleep 0.05; done; echo " + std::to_string(i) + " >> " +
                     user.path("ended") + "\n";
        }
        user.write("queue.yaml", queue);
    }

    // Starts, and waits until both nodes are at work.
    std::unique_ptr<Running> start(const remuda::test::Words& words) const {
        auto running = user.start(words);
        REQUIRE(wait_until([&] { return lines_of(user.read("began")).size() == 2; }));
        return running;
    }

    // Starts, and ctrl-c twice: what runs is to end.
    [[nodiscard]] Finished interrupt_twice(const remuda::test::Words& words) const {
        const auto running = start(words);
        running->signal(SIGINT);
        REQUIRE(wait_until([&] { return contains(running->errors(), "stopping: "); }));
        running->signal(SIGINT);
        return running->finish();
    }

    // Whether every shell that a job ran in is gone.
    [[nodiscard]] bool are_jobs_gone() const {
        for (const std::string& line : lines_of(user.read("began"))) {
            if (!remuda::test::wait_until_ended(std::stoi(line), std::chrono::seconds(20))) {
                return false;
            }
        }
        return true;
    }

    User user;
    std::unique_ptr<Sshd> server;
};

}  // namespace

TEST_CASE("after one ctrl-c running jobs finish, and the queue keeps the rest") {
    Story story(Nodes::one_over_ssh);
    const auto running = story.start({"q"});
    running->signal(SIGINT);
    REQUIRE(wait_until([&] { return contains(running->errors(), "stopping: "); }));
    story.user.write("go", "");
    const Finished finished = running->finish();

    INFO(finished.errors);
    CHECK(finished.exit_status == 130);
    CHECK(lines_of(story.user.read("ended")).size() == 2);
    CHECK(count_of(story.user.read("queue.yaml"), "- echo") == 4);
    CHECK(story.user.read("queue.yaml").starts_with("# mine\n"));
    CHECK(contains(finished.errors, ": 2 ok; 4 left in queue.yaml\n"));
}

TEST_CASE("a second ctrl-c ends the jobs on this machine and reports them as cancelled") {
    Story story(Nodes::all_here);
    const Finished finished = story.interrupt_twice({"q"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 130);
    CHECK(story.user.read("ended").empty());
    CHECK(contains(finished.errors, "2 cancelled; 4 left in queue.yaml\n"));
    CHECK(count_of(story.user.read("queue.yaml"), "- echo") == 4);
    CHECK(story.are_jobs_gone());
}

TEST_CASE("a second ctrl-c ends jobs over ssh by the shim, whoever logs in") {
    Story story(Nodes::one_over_ssh);
    const Finished finished = story.interrupt_twice({"q", "--grace", "0.5", "--shim", "always"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 130);
    CHECK(contains(finished.errors, "2 cancelled; 4 left in queue.yaml\n"));
    CHECK(story.are_jobs_gone());
}

TEST_CASE("a second ctrl-c ends jobs over ssh without the shim, or tells that it could not") {
    Story story(Nodes::one_over_ssh);
    const Finished finished = story.interrupt_twice({"q", "--grace", "0.5", "--shim", "never"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 130);
    CHECK(count_of(story.user.read("queue.yaml"), "- echo") == 4);
    if (reaches_remote_jobs()) {
        CHECK(contains(finished.errors, "2 cancelled; 4 left in queue.yaml\n"));
        CHECK(story.are_jobs_gone());
    } else {
        CHECK(contains(finished.errors, "1 lost, 1 cancelled; 4 left in queue.yaml\n"));
        CHECK(contains(finished.errors, "did not end after it was sent KILL"));
    }
}

TEST_CASE("jobs that ignore TERM are killed after the grace") {
    Story story(Nodes::all_here);
    const std::string stubborn = "- trap '' TERM; echo $$ >> " + story.user.path("began") +
                                 "; while :; do sleep 0.05; done\n";
    story.user.write("queue.yaml", stubborn + stubborn);
    const Finished finished = story.interrupt_twice({"q", "--grace", "0.2"});

    INFO(finished.errors);
    CHECK(finished.exit_status == 130);
    CHECK(contains(finished.errors, "2 cancelled"));
    CHECK(story.are_jobs_gone());
}

TEST_CASE("SIGTERM lets jobs finish for the time of the grace and then ends them") {
    Story story(Nodes::all_here);
    const auto running = story.start({"q", "--grace", "0.2"});
    running->signal(SIGTERM);
    const Finished finished = running->finish();

    INFO(finished.errors);
    CHECK(finished.exit_status == 143);
    CHECK(contains(finished.errors, "2 cancelled; 4 left in queue.yaml\n"));
    CHECK(story.are_jobs_gone());
}

TEST_CASE("after SIGTERM a job that ends in time has succeeded") {
    Story story(Nodes::all_here);
    const auto running = story.start({"q"});
    running->signal(SIGTERM);
    REQUIRE(wait_until([&] { return contains(running->errors(), "stopping: "); }));
    story.user.write("go", "");
    const Finished finished = running->finish();

    INFO(finished.errors);
    CHECK(finished.exit_status == 143);
    CHECK(contains(finished.errors, ": 2 ok; 4 left in queue.yaml\n"));
}
