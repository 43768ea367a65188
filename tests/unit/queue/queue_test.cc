// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "support/temp_dir.h"
#include "unit/queue/queues.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace remuda::queue;
using remuda::Code;
using remuda::test::jobs_in;
using remuda::test::MemoryDir;
using Lines = std::vector<std::string>;

namespace {

void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
}

std::string read(const std::string& path) {
    return remuda::load_file(path).value();
}

Admission take_it(const remuda::model::Needs&) {
    return Admission{};
}

// What take() gave, in one word or as the job.
std::string taken(Queue& queue) {
    const auto result = queue.take(take_it);
    if (!result) return "error: " + result.error().text();
    if (const auto* job = std::get_if<Taken>(&*result))
        return remuda::test::in_one_line(job->jobs.front());
    if (std::holds_alternative<Empty>(*result)) return "empty";
    if (std::holds_alternative<Faulty>(*result)) return "faulty";
    return std::holds_alternative<LockHeld>(*result) ? "locked" : "wait";
}

struct Bed {
    MemoryDir dir;
    std::string path = dir.path("queue.yaml");
    std::string consumed = dir.path("consumed.yaml");
};

}  // namespace

TEST_CASE("jobs are taken one by one, with ids from 1, into consumed.yaml") {
    const Bed bed;
    write(bed.path, "# jobs\n- a\n- command: b\n  x: [1, 2]\n");
    Queue queue(bed.path, nullptr);
    CHECK(queue.remaining() == 0);
    const auto first = queue.take(take_it);
    REQUIRE(first);
    const auto& job = std::get<Taken>(*first).jobs.front();
    CHECK(job.id.value == 1);
    CHECK(job.command == "a");
    CHECK(job.place.file == bed.path);
    CHECK(job.place.line == 2);
    CHECK(queue.remaining() == 2);
    CHECK(read(bed.path) == "# jobs\n- command: b\n  x: [1, 2]\n");
    CHECK(taken(queue) == "b x=1");
    CHECK(taken(queue) == "b x=2");
    CHECK(taken(queue) == "empty");
    CHECK(read(bed.path) == "# jobs\n");
    CHECK(read(bed.consumed) ==
          "- command:\n    - a\n- command:\n    - b\n  x:\n    - '1'\n- command:\n    - b\n  x:\n  "
          "  - "
          "'2'\n");
}

TEST_CASE("consumed.yaml pasted back gives the same jobs again") {
    const Bed bed;
    const std::string text = "- 'a # b'\n- command: [c, \"d\\te\"]\n  x: ['', 0.10]\n  slots: 2\n";
    write(bed.path, text);
    Queue queue(bed.path, nullptr);
    while (taken(queue) != "empty") {
    }
    CHECK(jobs_in(read(bed.consumed)) == jobs_in(text));
}

TEST_CASE("a head that must wait stays, one that can never run goes") {
    const Bed bed;
    write(bed.path, "- command: big\n  slots: 99\n- small\n");
    Queue queue(bed.path, nullptr);
    const auto waits = queue.take([](const remuda::model::Needs& needs) {
        CHECK(needs.slots == 99);
        return Admission{Admission::Verdict::wait};
    });
    REQUIRE(waits);
    CHECK(std::holds_alternative<HeadMustWait>(*waits));
    CHECK_FALSE(std::filesystem::exists(bed.consumed));
    const auto rejected = queue.take(
        [](const remuda::model::Needs&) { return Admission{Admission::Verdict::reject}; });
    REQUIRE(rejected);
    CHECK(std::get<Taken>(*rejected).rejected);
    CHECK(read(bed.path) == "- small\n");
    CHECK(jobs_in(read(bed.consumed)) == Lines{"big slots=99"});
}

TEST_CASE("a change of the file between two takes counts") {
    const Bed bed;
    write(bed.path, "- a\n- b\n");
    Queue queue(bed.path, nullptr);
    CHECK(queue.has_changed());
    CHECK(taken(queue) == "a");
    CHECK_FALSE(queue.has_changed());
    write(bed.path, "- changed\n");
    CHECK(queue.has_changed());
    CHECK(taken(queue) == "changed");
    CHECK(taken(queue) == "empty");
    write(bed.path, "- late\n");
    CHECK(taken(queue) == "late");
}

TEST_CASE("a faulty file is reported with its faults, and taken from once it is mended") {
    const Bed bed;
    write(bed.path, "- a\n- echo a: b\n");
    Queue queue(bed.path, nullptr);
    for (int i = 0; i < 2; ++i) {
        const auto result = queue.take(take_it);
        REQUIRE(result);
        const auto& faulty = std::get<Faulty>(*result);
        CHECK(faulty.source->text() == "- a\n- echo a: b\n");
        CHECK(faulty.diagnostics.all().size() == 1);
    }
    CHECK(read(bed.path) == "- a\n- echo a: b\n");
    // The lock is not held meanwhile.
    CHECK(Lock::try_take(bed.path, "editor"));
    write(bed.path, "- a\n");
    CHECK(taken(queue) == "a");
}

TEST_CASE("the check sees every fresh reading, and its errors stop taking") {
    const Bed bed;
    write(bed.path, "- a\n- b\n");
    int calls = 0;
    Queue queue(bed.path, [&](const std::vector<Entry>& entries, remuda::yaml::Diagnostics& found) {
        ++calls;
        for (const Entry& entry : entries) {
            if (entry.commands[0].text == "bad") found.error(entry.span, "bad");
        }
    });
    CHECK(taken(queue) == "a");
    CHECK(taken(queue) == "b");
    CHECK(calls == 1);
    write(bed.path, "- ok\n- bad\n");
    CHECK(taken(queue) == "faulty");
    CHECK(taken(queue) == "faulty");
    CHECK(calls == 2);
}

TEST_CASE("a lock held elsewhere is said, with its holder, and nothing is taken") {
    const Bed bed;
    write(bed.path, "- a\n");
    const auto lock = Lock::try_take(bed.path, "remuda lock");
    Queue queue(bed.path, nullptr);
    const auto result = queue.take(take_it);
    REQUIRE(result);
    CHECK(std::get<LockHeld>(*result).holder.starts_with("remuda lock (pid "));
    const auto put = queue.put_back({});
    REQUIRE_FALSE(put);
    CHECK(put.error().code() == Code::locked);
    CHECK(read(bed.path) == "- a\n");
}

TEST_CASE("a queue file that is not there is an error, and leaves no lock file") {
    const Bed bed;
    Queue queue(bed.path, nullptr);
    const auto result = queue.take(take_it);
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == Code::not_found);
    CHECK(result.error().text() ==
          bed.path + " does not exist; write one command a line into it, each behind `- `");
    CHECK_FALSE(std::filesystem::exists(bed.path + ".lock"));
    CHECK_FALSE(queue.has_changed());
}

TEST_CASE("a queue file may be a symbolic link, and stays one") {
    const Bed bed;
    write(bed.dir.path("real.yaml"), "- a\n- b\n");
    std::filesystem::create_symlink("real.yaml", bed.path);
    Queue queue(bed.path, nullptr);
    CHECK(taken(queue) == "a");
    CHECK(std::filesystem::is_symlink(bed.path));
    CHECK(read(bed.dir.path("real.yaml")) == "- b\n");
    CHECK(std::filesystem::exists(bed.consumed));
}

TEST_CASE("a job that is put back is the next one, and no longer consumed") {
    const Bed bed;
    write(bed.path, "# top\n- command: a\n  x: [1, 2]\n- b\n");
    Queue queue(bed.path, nullptr);
    CHECK(taken(queue) == "a x=1");
    const auto second = queue.take(take_it);
    REQUIRE(second);
    REQUIRE(queue.put_back(std::get<Taken>(*second).jobs.front()));
    CHECK(jobs_in(read(bed.consumed)) == Lines{"a x=1"});
    CHECK(read(bed.path) == "# top\n- command:\n    - a\n  x:\n    - '2'\n- b\n");
    CHECK(queue.remaining() == 2);
    CHECK(taken(queue) == "a x=2");
    CHECK(taken(queue) == "b");
    CHECK(taken(queue) == "empty");
}

TEST_CASE("a job put back into a faulty queue stays in consumed.yaml, and is said so") {
    const Bed bed;
    write(bed.path, "- a\n");
    Queue queue(bed.path, nullptr);
    const auto first = queue.take(take_it);
    REQUIRE(first);
    write(bed.path, "- [\n");
    const auto put = queue.put_back(std::get<Taken>(*first).jobs.front());
    REQUIRE_FALSE(put);
    CHECK(put.error().text() == "cannot put a job back into " + bed.path +
                                    " (it stays in consumed.yaml): the file has faults now");
    CHECK(jobs_in(read(bed.consumed)) == Lines{"a"});
}

TEST_CASE("consumed.yaml that ends in the middle of a line is continued on the next") {
    const Bed bed;
    write(bed.consumed, "- old");
    write(bed.path, "- a\n");
    Queue queue(bed.path, nullptr);
    CHECK(taken(queue) == "a");
    CHECK(read(bed.consumed) == "- old\n- command:\n    - a\n");
}

TEST_CASE("several processes drain one queue, each job once") {
    const Bed bed;
    std::string text;
    for (int i = 0; i < 60; ++i) {
        text += "- command: job " + std::to_string(i) + "\n  x: [1, 2]\n";
    }
    write(bed.path, text);
    std::vector<pid_t> children;
    for (int child = 0; child < 3; ++child) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            Queue queue(bed.path, nullptr);
            std::ofstream out(bed.dir.path("taken." + std::to_string(child)));
            for (std::string job = taken(queue); job != "empty"; job = taken(queue)) {
                if (job != "locked") out << job << "\n";
                if (job.starts_with("error") || job == "faulty") break;
            }
            out.close();
            ::_exit(0);
        }
        children.push_back(pid);
    }
    Lines all;
    for (std::size_t child = 0; child < children.size(); ++child) {
        int status = 0;
        REQUIRE(::waitpid(children[child], &status, 0) == children[child]);
        CHECK(status == 0);
        std::ifstream in(bed.dir.path("taken." + std::to_string(child)));
        for (std::string line; std::getline(in, line);) {
            all.push_back(line);
        }
    }
    Lines expected = jobs_in(text);
    std::sort(expected.begin(), expected.end());
    std::sort(all.begin(), all.end());
    CHECK(all == expected);
    Lines consumed = jobs_in(read(bed.consumed));
    std::sort(consumed.begin(), consumed.end());
    CHECK(consumed == expected);
    CHECK(read(bed.path).empty());
}

TEST_CASE("a save without the lock between looking and taking is not overwritten") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(remuda::replace_file(path, "- a\n- b\n"));
    Queue queue(path, nullptr);
    bool has_saved = false;
    const auto taken = queue.take([&](const remuda::model::Needs&) {
        if (!has_saved) REQUIRE(remuda::replace_file(path, "- c\n- a\n- b\n"));
        has_saved = true;
        return Admission{};
    });
    REQUIRE(taken);
    CHECK(std::get<Taken>(*taken).jobs.front().command == "c");
    CHECK(remuda::load_file(path).value() == "- a\n- b\n");
    CHECK(remuda::load_file(dir.path("consumed.yaml")).value() == "- command:\n    - c\n");
}

TEST_CASE("consumed.yaml is as private as the queue") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(remuda::replace_file(path, "- a\n", 0600));
    Queue queue(path, nullptr);
    REQUIRE(queue.take([](const remuda::model::Needs&) { return Admission{}; }));
    struct stat info{};
    REQUIRE(::stat(dir.path("consumed.yaml").c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0600);
}

TEST_CASE("a queue that we have emptied is told from one that somebody has just emptied") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    const auto is_settled = [](Queue& queue) {
        const auto result = queue.take([](const remuda::model::Needs&) { return Admission{}; });
        REQUIRE(result);
        return std::get<Empty>(*result).is_settled;
    };
    REQUIRE(remuda::replace_file(path, ""));
    Queue queue(path, nullptr);
    CHECK(is_settled(queue));
    REQUIRE(remuda::replace_file(path, "- a\n"));
    REQUIRE(queue.take([](const remuda::model::Needs&) { return Admission{}; }));
    CHECK(is_settled(queue));
    REQUIRE(remuda::replace_file(path, "\n"));
    CHECK_FALSE(is_settled(queue));
}

TEST_CASE("a job is put back into a queue that somebody has saved meanwhile") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(remuda::replace_file(path, "- a\n- b\n"));
    Queue queue(path, nullptr);
    const auto taken = queue.take([](const remuda::model::Needs&) { return Admission{}; });
    REQUIRE(taken);
    REQUIRE(remuda::replace_file(path, "- b\n- c\n"));
    REQUIRE(queue.put_back(std::get<Taken>(*taken).jobs.front()));
    CHECK(remuda::load_file(path).value() == "- command:\n    - a\n- b\n- c\n");
}
