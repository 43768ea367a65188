// SPDX-License-Identifier: MIT
//
// remuda is killed, or its disk is full, at every single change that it makes to its files; then
// the same command is started again. Where there are very many changes, at some of them, others
// each time.
#include "support/seed.h"
#include "user.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <signal.h>

using remuda::test::contains;
using remuda::test::count_of;
using remuda::test::Environment;
using remuda::test::Finished;
using remuda::test::lines_of;
using remuda::test::processes_with;
using remuda::test::User;
using remuda::test::wait_until;

namespace {

const std::vector<std::string> kJobs = {"a", "b1", "b2", "c"};

// A plain entry, one that stands for two jobs, and one with a comment: each job leaves its mark.
std::string queue_text() {
    return "- echo a >> marks\n"
           "# about b\n"
           "- command: echo b{{ n }} >> marks\n"
           "  n: [1, 2]\n"
           "- echo c >> marks  # the last one\n";
}

Environment orders(const User& user, const std::string& kind, int at) {
    return {{"LD_PRELOAD", WRITE_FAULTS},
            {"WRITE_FAULTS_EXE", REMUDA_BINARY},
            {"WRITE_FAULTS_UNDER", user.project()},
            {"WRITE_FAULTS_AT", std::to_string(at)},
            {"WRITE_FAULTS_KIND", kind},
            {"DRILL_OF", user.project()}};
}

std::map<std::string, int> marks(const User& user) {
    std::map<std::string, int> counted;
    for (const std::string& line : lines_of(user.read("marks")))
        ++counted[line];
    return counted;
}

void start_over(const User& user, const std::string& hosts) {
    user.write("hosts.yaml", hosts);
    user.write("queue.yaml", queue_text());
}

// Jobs of a remuda that was killed go on by themselves.
void wait_for_jobs(const User& user) {
    REQUIRE(wait_until([&] { return processes_with("DRILL_OF=" + user.project()).empty(); }));
}

// What a run says was lost, by the job's mark.
bool is_told_as_lost(const Finished& finished, const std::string& job) {
    for (const std::string& line : lines_of(finished.errors)) {
        if (contains(line, "lost") && contains(line, "echo " + job + " ")) return true;
    }
    return false;
}

// Each job has run once; or, where remuda was killed after it had put the start on record, is told
// as lost and has run at most once.
void check_all_done(const User& user, const std::vector<Finished>& after,
                    const std::vector<std::string>& jobs = kJobs) {
    const auto counted = marks(user);
    std::string said;
    for (const Finished& run : after)
        said += std::to_string(run.exit_status) + " " + run.errors + "\n";
    INFO("later runs: ", said);
    INFO("queue: ", user.read("queue.yaml"));
    INFO("consumed: ", user.read("consumed.yaml"));
    for (const std::string& job : jobs) {
        INFO("job ", job);
        const auto found = counted.find(job);
        const int runs = found == counted.end() ? 0 : found->second;
        CHECK(runs <= 1);
        CHECK((runs == 1 || std::ranges::any_of(after, [&](const Finished& run) {
                   return is_told_as_lost(run, job);
               })));
    }
    // Commented out, at most: that is how a large queue is worked off.
    for (const std::string& line : lines_of(user.read("queue.yaml")))
        CHECK(line.starts_with("#"));
}

void drill(const std::string& hosts, const std::string& kind) {
    int killed = 0;
    int lost = 0;
    for (int at = 1;; ++at) {
        INFO(kind, " at change ", at);
        const User user;
        start_over(user, hosts);
        const Finished first = user.run({"q"}, orders(user, kind, at));
        wait_for_jobs(user);
        if (first.signal != SIGKILL) {
            INFO(first.errors);
            CHECK(first.exit_status == 0);
            CHECK(marks(user).size() == kJobs.size());
            break;
        }
        ++killed;
        const Finished second = user.run({"q"});
        check_all_done(user, {second});
        lost += contains(second.errors, "lost") ? 1 : 0;
        REQUIRE(at < 1000);
    }
    MESSAGE(kind, ": killed at ", killed, " changes, a job was lost ", lost, " times");
    CHECK(killed > 10);
    // Only a job whose start is on record can be lost.
    CHECK(lost * 2 < killed);
}

}  // namespace

TEST_CASE("killed before any change of a file, no job is dropped and none runs twice") {
    drill("- localhost\n", "kill-before");
}

TEST_CASE("the same with several slots, where jobs are taken together") {
    drill("- {hostname: localhost, slots: 3}\n", "kill-after");
}

TEST_CASE("killed beside another remuda that goes on, no job is dropped and none runs twice") {
    for (int at = 1;; ++at) {
        INFO("killed at change ", at);
        const User user;
        start_over(user, "- localhost\n");
        // The neighbour is busy with a job while the other one is killed, and takes on from there.
        user.write("queue.yaml", "- echo first >> marks; while [ ! -e go ]; do sleep 0.01; done\n" +
                                     queue_text());
        const auto neighbour = user.start({"q"});
        REQUIRE(wait_until([&] { return contains(user.read("marks"), "first"); }));
        const Finished first = user.run({"q"}, orders(user, "kill-before", at));

        user.write("go", "");
        const Finished second = neighbour->finish();
        const Finished third = user.run({"q"});
        auto counted = marks(user);
        INFO("neighbour: ", second.exit_status, " ", second.errors);
        INFO("last: ", third.exit_status, " ", third.errors);
        for (const std::string& job : kJobs) {
            INFO("job ", job);
            CHECK(counted[job] <= 1);
            CHECK(
                (counted[job] == 1 || is_told_as_lost(second, job) || is_told_as_lost(third, job)));
        }
        if (first.signal != SIGKILL) break;
        REQUIRE(at < 1000);
    }
}

namespace {

// A queue that is large enough for runs (docs/queue-file.md), and the marks of its jobs.
struct Burst {
    std::string queue;
    std::string hosts;
    std::vector<std::string> jobs;
};

Burst product() {
    Burst burst{.queue = "# " + std::string(5000, '-') +
                         "\n- command: touch go; echo x{{ x }}{{ z }} >> marks\n"
                         "  x: [1, 2, 3, 4, 5, 6, 7]\n  z: [a, b]\n# behind\n"
                         "- echo last >> marks\n",
                .hosts = "- {hostname: localhost, slots: 3}\n",
                .jobs = {"last"}};
    for (const std::string x : {"x1", "x2", "x3", "x4", "x5", "x6", "x7"}) {
        for (const std::string z : {"a", "b"})
            burst.jobs.push_back(x + z);
    }
    return burst;
}

// {{ slots }} are those that the job gets: `0`, `1`, or `0,1`. Two are written as `01`.
Burst product_of_slots() {
    Burst burst{
        .queue = "# " + std::string(5000, '-') +
                 "\n- command: touch go; echo {{ x }}{{ z }}{{ replace (replace slots \"1\" "
                 "\"0\") \",0\" \"1\" }} >> marks\n"
                 "  x: [1, 2, 3, 4]\n  slots: [1, 2]\n  z: [a, b]\n",
        .hosts = "- {hostname: localhost, slots: 2}\n",
        .jobs = {}};
    for (const std::string x : {"1", "2", "3", "4"}) {
        for (const std::string z : {"a", "b"}) {
            burst.jobs.push_back(x + z + "0");
            burst.jobs.push_back(x + z + "01");
        }
    }
    return burst;
}

// Every `stride`-th change, on average.
class SomeChanges {
  public:
    explicit SomeChanges(int stride) : stride_(stride) {}
    [[nodiscard]] int next() {
        return at_ += std::uniform_int_distribution<int>(1, 2 * stride_ - 1)(random_);
    }

  private:
    std::mt19937 random_{static_cast<unsigned>(remuda::test::seed())};
    int stride_;
    int at_ = 0;
};

void drill(const Burst& burst, const std::string& kind, int stride) {
    int killed = 0;
    int with_runs = 0;
    SomeChanges changes(stride);
    for (int at = changes.next();; at = changes.next()) {
        INFO(kind, " at change ", at);
        const User user;
        user.write("hosts.yaml", burst.hosts);
        user.write("queue.yaml", burst.queue);
        const Finished first = user.run({"q"}, orders(user, kind, at));
        wait_for_jobs(user);
        if (first.signal != SIGKILL) {
            check_all_done(user, {first}, burst.jobs);
            break;
        }
        ++killed;
        // More entries than the queue has lists.
        with_runs += count_of(user.read("queue.yaml"), "\n- ") > 3 ? 1 : 0;
        const Finished second = user.run({"q"});
        check_all_done(user, {second}, burst.jobs);
        REQUIRE(at < 5000);
    }
    MESSAGE(kind, ": killed at ", killed, " changes, while there were runs ", with_runs, " times");
    CHECK(killed > 0);
}

// A neighbour waits until the one that is to be killed has a job started, or has ended; then both
// take in turn.
void drill_in_turn(const Burst& burst, const std::string& kind, int stride) {
    int killed = 0;
    SomeChanges changes(stride);
    for (int at = changes.next();; at = changes.next()) {
        INFO(kind, " in turn at change ", at);
        const User user;
        user.write("hosts.yaml", burst.hosts);
        user.write("queue.yaml",
                   "- command: echo wait {{ n }} >> marks; while [ ! -e go ]; do "
                   "sleep 0.01; done\n  n: [1, 2, 3]\n  slots: 1\n" +
                       burst.queue);
        const auto neighbour = user.start({"q"});
        REQUIRE(wait_until([&] { return contains(user.read("marks"), "wait"); }));
        const Finished first = user.run({"q"}, orders(user, kind, at));
        user.write("go", "");
        const Finished second = neighbour->finish();
        wait_for_jobs(user);
        const Finished third = user.run({"q"});
        if (first.signal == SIGKILL) ++killed;
        check_all_done(user, {first, second, third}, burst.jobs);
        if (first.signal != SIGKILL) break;
        REQUIRE(at < 5000);
    }
    MESSAGE(kind, ": killed at ", killed, " changes");
}

}  // namespace

TEST_CASE("killed while a product stands as runs, no job is dropped and none runs twice") {
    drill(product(), "kill-before", 16);
    drill(product_of_slots(), "kill-after", 16);
}

TEST_CASE("the same while another remuda takes in turn") {
    drill_in_turn(product(), "kill-after", 16);
    drill_in_turn(product_of_slots(), "kill-before", 16);
}

TEST_CASE("killed, and then something added in front: no job is dropped and none runs twice") {
    for (int at = 1;; ++at) {
        INFO("killed at change ", at);
        const User user;
        start_over(user, "- localhost\n");
        const Finished first = user.run({"q"}, orders(user, "kill-before", at));
        wait_for_jobs(user);
        if (first.signal != SIGKILL) break;
        CHECK(user.run({"add", "--front", "--", "echo front >> marks"}).exit_status == 0);
        const Finished second = user.run({"q"});
        auto counted = marks(user);
        INFO("second run: ", second.exit_status, " ", second.errors);
        CHECK(counted["front"] == 1);
        for (const std::string& job : kJobs) {
            INFO("job ", job);
            CHECK(counted[job] <= 1);
        }
        REQUIRE(at < 1000);
    }
}

TEST_CASE("with a disk that gets full at any write, nothing is dropped, and the next run goes on") {
    int failed = 0;
    for (int at = 1;; ++at) {
        INFO("full at change ", at);
        const User user;
        start_over(user, "- localhost\n");
        const Finished first = user.run({"q"}, orders(user, "full", at));
        INFO("first: ", first.exit_status, " ", first.errors);
        wait_for_jobs(user);
        CHECK(first.signal == 0);
        // In the words of the system, or of SQLite.
        const bool is_told = contains(first.errors, "No space left on device") ||
                             contains(first.errors, "disk is full");
        if (first.exit_status != 0) {
            ++failed;
            CHECK(is_told);
        }
        const Finished second = user.run({"q"});
        check_all_done(user, {second});
        if (first.exit_status == 0 && !is_told) break;
        REQUIRE(at < 1000);
    }
    MESSAGE("the disk was full in ", failed, " ways");
    CHECK(failed > 5);
}
