// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "support/temp_dir.h"
#include "support/text_of.h"
#include "unit/queue/ledgers.h"
#include "unit/queue/queues.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace remuda::queue;
using remuda::replace_file;
using remuda::test::FakeLedger;
using remuda::test::jobs_in;
using remuda::test::MemoryDir;
using remuda::test::text_of;
using Lines = std::vector<std::string>;

namespace {

Admission up_to_two(const remuda::model::Needs&) {
    return Admission{Admission::Verdict::take, 2};
}

}  // namespace

TEST_CASE("jobs are claimed with their ids before any file changes") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "- a\n- b\n- c\n"));
    FakeLedger ledger;
    ledger.before_claim = [&] {
        CHECK(text_of(path) == "- a\n- b\n- c\n");
        CHECK_FALSE(std::filesystem::exists(dir.path("consumed.yaml")));
    };
    Queue queue(path, QueueSettings{.ledger = &ledger});
    const auto result = queue.take(up_to_two);
    REQUIRE(result);
    const auto& jobs = std::get<Taken>(*result).jobs;
    CHECK(jobs[0].id.value == 1);
    CHECK(jobs[1].id.value == 2);
    CHECK(ledger.claims.at(2).text == "- command:\n    - b\n");
    CHECK(ledger.claims.at(1).mark == ledger.claims.at(2).mark);
}

TEST_CASE("a claim that fails leaves everything as it was") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "- a\n"));
    FakeLedger ledger;
    ledger.fails = true;
    Queue queue(path, QueueSettings{.ledger = &ledger});
    for (const bool is_burst : {false, true}) {
        const auto result = queue.take(up_to_two, is_burst);
        REQUIRE_FALSE(result);
        CHECK(result.error().text() == "the ledger is full");
        CHECK(text_of(path) == "- a\n");
        CHECK_FALSE(std::filesystem::exists(dir.path("consumed.yaml")));
    }
    ledger.fails = false;
    CHECK(std::holds_alternative<Taken>(queue.take(up_to_two).value()));
}

TEST_CASE("a save between the claim and the change withdraws the claim, and the new text counts") {
    for (const bool is_burst : {false, true}) {
        for (const bool same_file : {false, true}) {
            const MemoryDir dir;
            const std::string path = dir.path("queue.yaml");
            REQUIRE(replace_file(path, "- a\n- b\n- c\n"));
            FakeLedger ledger;
            bool has_saved = false;
            ledger.after_claim = [&] {
                if (has_saved) return;
                has_saved = true;
                if (!same_file) {
                    REQUIRE(replace_file(path, "- new\n- b\n- c\n"));
                    return;
                }
                std::ofstream(path, std::ios::trunc) << "- new\n- b\n- c\n";
            };
            Queue queue(path, QueueSettings{.ledger = &ledger});
            const auto result = queue.take(up_to_two, is_burst);
            REQUIRE(result);
            const auto& jobs = std::get<Taken>(*result).jobs;
            CHECK(jobs[0].command == "new");
            CHECK(jobs[1].command == "b");
            CHECK(jobs[0].id.value == 3);
            CHECK(ledger.withdrawn == 2);
            CHECK(jobs_in(text_of(path)) == Lines{"c"});
            CHECK(jobs_in(text_of(dir.path("consumed.yaml"))) == Lines{"new", "b"});
        }
    }
}

TEST_CASE("a job that is put back is withdrawn when the file holds it again") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "- a\n- b\n"));
    FakeLedger ledger;
    Queue queue(path, QueueSettings{.ledger = &ledger});
    const auto result = queue.take(up_to_two, true);
    REQUIRE(result);
    const auto jobs = std::get<Taken>(*result).jobs;
    REQUIRE(queue.put_back(jobs[1]));
    CHECK(ledger.claims.size() == 1);
    CHECK(text_of(path) == "- command:\n    - b\n");
    REQUIRE(replace_file(path, "- [\n"));
    CHECK_FALSE(queue.put_back(jobs[0]));
    CHECK(ledger.claims.size() == 1);
}

TEST_CASE("whichever write fails: files as they were, claim withdrawn, the next take works") {
    const std::string text =
        "# top\n- command: echo one\n  x: 1\n- command: two\n  y: [3, 4]\n- c\n";
    for (const bool is_burst : {false, true}) {
        int failures = 0;
        int successes = 0;
        for (rlim_t limit = 0; limit < 150; limit += 8) {
            CAPTURE(limit);
            CAPTURE(is_burst);
            const MemoryDir dir;
            const std::string path = dir.path("queue.yaml");
            REQUIRE(replace_file(path, text));
            REQUIRE(replace_file(dir.path("consumed.yaml"), "- before\n"));
            const pid_t pid = ::fork();
            if (pid == 0) {
                ::signal(SIGXFSZ, SIG_IGN);
                FakeLedger ledger;
                Queue queue(path, QueueSettings{.ledger = &ledger});
                const rlimit small{limit, RLIM_INFINITY};
                ::setrlimit(RLIMIT_FSIZE, &small);
                const auto result = queue.take(up_to_two, is_burst);
                if (result) ::_exit(0);
                if (!ledger.claims.empty() || queue.remaining() != 4) ::_exit(2);
                if (text_of(path) != text) ::_exit(3);
                if (text_of(dir.path("consumed.yaml")) != "- before\n") ::_exit(4);
                if (result.error().text().find("File too large") == std::string::npos) ::_exit(5);
                const rlimit large{RLIM_INFINITY, RLIM_INFINITY};
                ::setrlimit(RLIMIT_FSIZE, &large);
                const auto again = queue.take(up_to_two, is_burst);
                if (!again || std::get<Taken>(*again).jobs[0].command != "echo one") ::_exit(6);
                ::_exit(1);
            }
            int status = 0;
            ::waitpid(pid, &status, 0);
            REQUIRE(WIFEXITED(status));
            const int code = WEXITSTATUS(status);
            CHECK(code <= 1);
            (code == 0 ? successes : failures) += 1;
            CHECK(jobs_in(text_of(path)) == Lines{"two y=4", "c"});
            CHECK(jobs_in(text_of(dir.path("consumed.yaml"))) ==
                  Lines{"before", "echo one x=1", "two y=3"});
        }
        CHECK(failures > 5);
        CHECK(successes > 5);
    }
}

TEST_CASE("a full disk keeps tidying from nothing but tidiness") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "- a\n- b\n# " + std::string(500, 'x') + "\n- c\n"));
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        FakeLedger ledger;
        Queue queue(path, QueueSettings{.ledger = &ledger});
        if (!queue.take(up_to_two, true)) ::_exit(1);
        const std::string before = text_of(path);
        const rlimit small{300, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &small);
        if (queue.tidy()) ::_exit(2);
        if (text_of(path) != before || queue.has_changed()) ::_exit(3);
        const rlimit large{RLIM_INFINITY, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &large);
        if (!queue.tidy()) ::_exit(4);
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(jobs_in(text_of(path)) == Lines{"c"});
    CHECK(text_of(path).starts_with("# x"));
}
