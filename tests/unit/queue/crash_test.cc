// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "support/temp_dir.h"
#include "support/text_of.h"
#include "unit/queue/queues.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace remuda::queue;
using remuda::test::jobs_in;
using remuda::test::MemoryDir;
using remuda::test::text_of;

namespace {

// Runs `body` in a child in which no file can grow beyond `limit` bytes: writing fails with EFBIG
// where a full disk says ENOSPC. Its exit code.
template <class Body>
int with_files_up_to(rlim_t limit, Body body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit size{limit, limit};
        ::setrlimit(RLIMIT_FSIZE, &size);
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

enum { took = 0, failed = 1, failed_and_recovered = 2 };

}  // namespace

TEST_CASE("whichever write fails, queue and consumed.yaml are as they were") {
    const std::string queue_text = "- command: echo one\n  x: [1, 2, 3, 4, 5, 6]\n- two # note\n";
    const std::string consumed_text = "- before\n";
    int failures = 0;
    int successes = 0;
    for (rlim_t limit = 0; limit < 200; limit += 7) {
        CAPTURE(limit);
        const MemoryDir dir;
        std::ofstream(dir.path("queue.yaml")) << queue_text;
        std::ofstream(dir.path("consumed.yaml")) << consumed_text;
        const int code = with_files_up_to(limit, [&] {
            Queue queue(dir.path("queue.yaml"), nullptr);
            const auto result = queue.take([](const remuda::model::Needs&) { return Admission{}; });
            return result ? took : failed;
        });
        if (code == failed) {
            ++failures;
            CHECK(text_of(dir.path("queue.yaml")) == queue_text);
            CHECK(text_of(dir.path("consumed.yaml")) == consumed_text);
        } else {
            ++successes;
            REQUIRE(code == took);
            CHECK(jobs_in(text_of(dir.path("queue.yaml"))).size() == 6);
            CHECK(jobs_in(text_of(dir.path("consumed.yaml"))).size() == 2);
        }
        // No temporary file stays.
        for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
            const std::string name = file.path().filename().string();
            CHECK((name == "queue.yaml" || name == "consumed.yaml" || name == "queue.yaml.lock"));
        }
    }
    CHECK(failures > 5);
    CHECK(successes > 3);
}

TEST_CASE("after a failed write the same object goes on, with the same job") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    std::ofstream(path) << "- one\n- two\n- " << std::string(100, 'x') << "\n";
    const int code = with_files_up_to(60, [&] {
        const auto take = [](const remuda::model::Needs&) { return Admission{}; };
        Queue queue(path, nullptr);
        if (queue.take(take)) return 10;
        if (queue.has_changed()) return 11;
        if (queue.remaining() != 3) return 12;
        // Room again: the user made the file smaller.
        if (::truncate(path.c_str(), 12) != 0) return 13;
        const auto result = queue.take(take);
        if (!result || !std::holds_alternative<Taken>(*result)) return 14;
        const auto& job = std::get<Taken>(*result).jobs.front();
        return job.command == "one" && job.id.value == 1 ? failed_and_recovered : 15;
    });
    CHECK(code == failed_and_recovered);
    CHECK(text_of(path) == "- two\n");
    CHECK(jobs_in(text_of(dir.path("consumed.yaml"))) == std::vector<std::string>{"one"});
}
