// SPDX-License-Identifier: MIT
//
// `remuda attach`: jobs that another remuda has started, found by their receipts alone.
#include "user.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <signal.h>

using remuda::test::address_of;
using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::Running;
using remuda::test::Sshd;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

/// Somebody with a host, and their colleague: the same user of the host on another machine, who has
/// hosts.yaml and nothing else.
struct TwoMachines {
    TwoMachines() {
        for (const User* one : {&owner, &other}) {
            one->trust(server);
            one->write("hosts.yaml", "- hostname: " + address_of(server) + "\n  slots: 4\n");
        }
    }

    /// A job that writes that it begins and waits for the file `go`.
    [[nodiscard]] std::string job(const std::string& name, int code) const {
        return "- command:\n    - cd " + owner.project() + "; echo " + name +
               " begins; while [ ! -e go ]; do sleep 0.02; done; echo " + name + " ends; exit " +
               std::to_string(code) + "\n  job: {name: " + name + "}\n";
    }

    /// The owner's remuda, with all its jobs running.
    [[nodiscard]] std::unique_ptr<Running> work(std::size_t jobs) const {
        auto running = owner.start({"q", "--shim", "always"});
        REQUIRE(wait_until([&] { return count_of(running->output(), " begins\n") == jobs; }));
        return running;
    }

    static void kill(const std::unique_ptr<Running>& running) {
        running->signal(SIGKILL);
        (void)running->finish();
    }

    /// Its remuda is gone, and it has ended with 4.
    void leave_failed_job() const {
        owner.write("queue.yaml", job("one", 4));
        kill(work(1));
        owner.write("go", "");
        REQUIRE(
            wait_until([&] { return contains(other.run({"attach", "--list"}).output, "exit 4"); }));
    }

    Sshd server;
    User owner;
    User other;
};

}  // namespace

TEST_CASE("jobs of a remuda that is gone are followed from another machine, and left to it") {
    remuda::test::require_sshd();
    TwoMachines machines;
    machines.owner.write("queue.yaml", machines.job("one", 0) + machines.job("two", 3));
    machines.kill(machines.work(2));

    const Finished listed = machines.other.run({"attach", "--list"});
    INFO(listed.output << listed.errors);
    CHECK(listed.exit_status == 0);
    REQUIRE(lines_of(listed.output).size() == 3);
    CHECK(contains(lines_of(listed.output)[1], "running"));
    CHECK(contains(lines_of(listed.output)[1], machines.owner.path("queue.yaml")));

    {
        const auto attached = machines.other.start({"attach"});
        REQUIRE(wait_until([&] { return count_of(attached->output(), " begins\n") == 2; }));
        machines.owner.write("go", "");
        const Finished finished = attached->finish();
        INFO(finished.output << finished.errors);
        CHECK(finished.exit_status == 1);
        CHECK(contains(finished.output, "one ends"));
        CHECK(contains(finished.output, "two ends"));
        CHECK(contains(finished.errors, "1 ok, 1 failed"));
        CHECK(contains(finished.errors, "exit 3"));
    }
    // Theirs are the receipts still: they hear the same.
    const Finished heard = machines.owner.run({"q", "--shim", "always"});
    INFO(heard.output << heard.errors);
    CHECK(heard.exit_status == 1);
    CHECK(contains(heard.errors, "1 ok, 1 failed"));
    const Finished none = machines.other.run({"attach"});
    CHECK(none.exit_status == 0);
    CHECK(contains(none.errors, "no host has receipts of jobs"));
}

TEST_CASE("a job whose remuda is gone is ended from another machine, and its owner hears of it") {
    remuda::test::require_sshd();
    TwoMachines machines;
    machines.owner.write("queue.yaml", machines.job("one", 0) + machines.job("two", 0));
    machines.kill(machines.work(2));
    // By its key: elsewhere its number may be another's.
    const std::string said = machines.owner.run({"cancel", "1"}).errors;
    const std::string way = "`remuda attach --cancel ";
    INFO(said);
    REQUIRE(contains(said, way));
    const std::size_t begin = said.find(way) + way.size();
    const std::string key = said.substr(begin, said.find('`', begin) - begin);

    const Finished unnamed = machines.other.run({"attach", "--cancel"});
    CHECK(unnamed.exit_status == 2);
    CHECK(contains(unnamed.errors, "--cancel requires JOB"));
    const Finished ended = machines.other.run({"attach", "--cancel", key});
    INFO(ended.output << ended.errors);
    CHECK(ended.exit_status == 0);
    CHECK(contains(ended.errors, "1 cancelled"));
    const Finished listed = machines.other.run({"attach", "--list"});
    INFO(listed.output);
    CHECK(count_of(listed.output, "running") == 1);
    CHECK(count_of(listed.output, "cancelled") == 1);
    // What is over cannot be ended once more.
    CHECK(machines.other.run({"attach", "--cancel", "1"}).exit_status == 0);

    machines.owner.write("go", "");
    const Finished heard = machines.owner.run({"q", "--shim", "always"});
    INFO(heard.output << heard.errors);
    CHECK(contains(heard.errors, "1 ok, 1 cancelled"));
}

TEST_CASE("what has ended by itself is told so, also to those who would end it") {
    remuda::test::require_sshd();
    TwoMachines machines;
    machines.leave_failed_job();
    const Finished told = machines.other.run({"attach", "--cancel", "1"});
    INFO(told.errors);
    CHECK(told.exit_status == 0);
    CHECK(contains(told.errors, "exit 4"));
    CHECK_FALSE(contains(told.errors, "cancelled"));
}

TEST_CASE("a job that is ended from afar has its own grace") {
    remuda::test::require_sshd();
    TwoMachines machines;
    // It never ends by TERM; with the usual grace of 10 s the test would take that long.
    machines.owner.write("queue.yaml",
                         "- command: trap '' TERM; echo it begins; sleep 1000; sleep 1000\n"
                         "  job: {grace: 0s}\n");
    machines.kill(machines.work(1));
    const auto begun = std::chrono::steady_clock::now();
    const Finished told = machines.other.run({"attach", "--cancel", "1"});
    INFO(told.errors);
    CHECK(told.exit_status == 0);
    CHECK(contains(told.errors, "cancelled"));
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(8));
}

TEST_CASE("two follow one job at once, and both see all of it; ctrl-c leaves it running") {
    remuda::test::require_sshd();
    TwoMachines machines;
    machines.owner.write("queue.yaml", machines.job("one", 0));
    const auto running = machines.work(1);
    const auto leaving = machines.other.start({"attach"});
    const auto staying = machines.other.start({"attach", "1"});
    for (const auto* attached : {&leaving, &staying}) {
        REQUIRE(wait_until([&] { return contains((*attached)->output(), "one begins"); }));
    }
    leaving->signal(SIGINT);
    const Finished left = leaving->finish();
    INFO(left.errors);
    CHECK(left.exit_status == 130);
    CHECK(contains(left.errors, "1 left running"));
    CHECK(contains(left.errors, "follow them again with: remuda attach"));

    machines.owner.write("go", "");
    const Finished followed = staying->finish();
    CHECK(followed.exit_status == 0);
    CHECK(contains(followed.output, "one ends"));
    const Finished own = running->finish();
    CHECK(own.exit_status == 0);
    CHECK(contains(own.output, "one ends"));
}

TEST_CASE("what has ended is told with its output, and forgotten where that is wanted") {
    remuda::test::require_sshd();
    TwoMachines machines;
    machines.leave_failed_job();
    const Finished listed = machines.other.run({"attach", "--list", "--json"});
    INFO(listed.output);
    CHECK(contains(listed.output, R"("type":"receipt")"));
    CHECK(contains(listed.output, R"("name":"one")"));
    CHECK(contains(listed.output, R"("state":"ended","outcome":"exited","code":4)"));

    const Finished brief = machines.other.run({"attach", "--new"});
    CHECK(brief.exit_status == 1);
    CHECK(brief.output.empty());
    CHECK(contains(brief.errors, "exit 4"));
    CHECK(machines.other.run({"attach", "7"}).exit_status == 2);

    // It is not the first host.
    machines.other.write("hosts.yaml",
                         "- localhost\n- hostname: " + address_of(machines.server) + "\n");
    const Finished told = machines.other.run(
        {"attach", "--release", "--json", "--host", address_of(machines.server)});
    INFO(told.output << told.errors);
    CHECK(told.exit_status == 1);
    CHECK(contains(told.output, R"("mode":"attach")"));
    CHECK(contains(told.output, "one ends"));
    CHECK(contains(told.output, R"("number":1)"));
    CHECK(lines_of(machines.other.run({"attach", "--list"}).output).empty());
    // Its own remuda does not say that it knows what it cannot.
    const Finished lost = machines.owner.run({"q", "--shim", "always"});
    CHECK(lost.exit_status == 1);
    CHECK(contains(lost.errors, "the host has no receipt of it any more"));
}

TEST_CASE("a number that stands for jobs of two queues releases neither, a key its own") {
    remuda::test::require_sshd();
    TwoMachines machines;
    std::vector<std::string> keys;
    for (const User* user : {&machines.owner, &machines.other}) {
        user->write("queue.yaml", machines.job("one", 4));
        const auto running = user->start({"q", "--shim", "always"});
        REQUIRE(wait_until([&] { return contains(running->output(), "one begins"); }));
        machines.kill(running);
    }
    machines.owner.write("go", "");
    const auto listed = [&] { return machines.owner.run({"attach", "--list", "--json"}).output; };
    REQUIRE(wait_until([&] { return count_of(listed(), R"("state":"ended")") == 2; }));
    for (const std::string& line : lines_of(listed())) {
        const std::size_t at = line.find(R"("key":")") + 7;
        keys.push_back(line.substr(at, line.find('"', at) - at));
    }
    REQUIRE(keys.size() == 2);

    for (const char* word : {"1", "1-3"}) {
        const Finished refused = machines.owner.run({"attach", "--release", word});
        INFO(refused.output << refused.errors);
        CHECK(refused.exit_status == 2);
        CHECK(refused.output.empty());
        CHECK(contains(refused.errors, std::string("error: ") + word + " stands for jobs of"));
        for (std::size_t i = 0; i < 2; ++i) {
            const User& user = i == 0 ? machines.owner : machines.other;
            CHECK(contains(refused.errors,
                           "  " + keys[i] + "  of " + user.path("queue.yaml") + " on "));
        }
    }
    CHECK(count_of(listed(), R"("type":"receipt")") == 2);
    // Whoever only looks may look at both.
    CHECK(contains(machines.owner.run({"attach", "1"}).errors, "2 failed"));

    CHECK(machines.owner.run({"attach", "--release", keys[1]}).exit_status == 1);
    const std::string left = listed();
    CHECK(count_of(left, R"("type":"receipt")") == 1);
    CHECK(contains(left, keys[0]));
    CHECK(machines.owner.run({"attach", "--release", "1"}).exit_status == 1);
    CHECK(listed().empty());
}

TEST_CASE("attaching to a host without jobs leaves nothing there") {
    remuda::test::require_sshd();
    TwoMachines machines;
    const Finished none = machines.other.run({"attach"});
    INFO(none.output << none.errors);
    CHECK(none.exit_status == 0);
    CHECK(contains(none.errors, "no host has receipts of jobs"));
    CHECK_FALSE(std::filesystem::exists(machines.server.home() + "/.cache/remuda"));
    machines.other.write("hosts.yaml", "- 127.0.0.1:1\n");
    CHECK(machines.other.run({"attach"}).exit_status == 3);
}
