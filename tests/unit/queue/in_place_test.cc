// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "support/temp_dir.h"
#include "unit/queue/ledgers.h"
#include "unit/queue/queues.h"

#include <filesystem>
#include <random>

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace remuda::queue;
using remuda::load_file;
using remuda::replace_file;
using remuda::test::FakeLedger;
using remuda::test::jobs_in;
using remuda::test::MemoryDir;
using remuda::test::queue_text;
using Lines = std::vector<std::string>;

namespace {

// Takes at most `most` jobs in place: the jobs, or nothing if it was not done in place.
Lines take_in_place(QueueText& queue, std::size_t most = 1) {
    auto removal = queue.without_first_jobs(most, true);
    REQUIRE(removal);
    if (!removal->edit.is_in_place) return {};
    Lines jobs;
    for (const remuda::model::Job& job : removal->jobs) {
        jobs.push_back(remuda::test::in_one_line(job));
    }
    queue.apply(std::move(removal->edit));
    return jobs;
}

std::string tidied(QueueText queue) {
    auto edit = queue.without_hollows();
    REQUIRE(edit);
    REQUIRE_FALSE(edit->is_rewritten);
    queue.apply(std::move(*edit));
    CHECK(queue.hollow_bytes() == 0);
    return queue.text();
}

Admission up_to(std::size_t most) {
    return Admission{Admission::Verdict::take, most};
}

Lines taken(Queue& queue, std::size_t most = 1) {
    const auto result = queue.take([&](const auto&) { return up_to(most); }, true);
    REQUIRE(result);
    Lines jobs;
    if (const auto* found = std::get_if<Taken>(&*result)) {
        for (const auto& job : found->jobs) {
            jobs.push_back(remuda::test::in_one_line(job));
        }
    }
    return jobs;
}

ino_t inode_of(const std::string& path) {
    struct stat info{};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_ino;
}

}  // namespace

TEST_CASE("in place, the lines of what is taken become comments, and tidying cuts them out") {
    QueueText queue =
        queue_text("# top\n- a # note\n\n# on b\n- command:\n    - b\n\n  x: 1\n- c\n");
    CHECK(take_in_place(queue) == Lines{"a"});
    CHECK(queue.text() == "# top\n# a # note\n\n# on b\n- command:\n    - b\n\n  x: 1\n- c\n");
    CHECK(take_in_place(queue) == Lines{"b x=1"});
    CHECK(queue.text() == "# top\n# a # note\n\n# on b\n# command:\n#   - b\n\n# x: 1\n- c\n");
    CHECK(queue.job_total() == 1);
    CHECK(tidied(queue) == "# top\n\n# on b\n- c\n");
    CHECK(take_in_place(queue) == Lines{"c"});
    CHECK(queue.is_empty());
    CHECK(tidied(queue) == "# top\n\n# on b\n");
}

TEST_CASE("the values of a list that have lines of their own are taken in place one by one") {
    QueueText queue = queue_text(
        "- command: c\n  x:\n    - 1 # one\n    # of two\n    - 2\n    - '3'\n  slots: 1\n- d\n");
    CHECK(take_in_place(queue) == Lines{"c x=1"});
    CHECK(queue.text() ==
          "- command: c\n  x:\n#   - 1 # one\n    # of two\n    - 2\n    - '3'\n  slots: 1\n- d\n");
    CHECK(jobs_in(queue.text()) == Lines{"c x=2", "c x=3", "d"});
    CHECK(tidied(queue) ==
          "- command: c\n  x:\n    # of two\n    - 2\n    - '3'\n  slots: 1\n- d\n");
    CHECK(take_in_place(queue, 3) == Lines{"c x=2", "c x=3", "d"});
    CHECK(jobs_in(queue.text()).empty());
    CHECK(tidied(queue).empty());
}

TEST_CASE("byte order mark, CR LF, CR, a last line without break: in place as well") {
    QueueText bom = queue_text("\xEF\xBB\xBF- a\r\n- b\r\n");
    CHECK(take_in_place(bom) == Lines{"a"});
    CHECK(bom.text() == "\xEF\xBB\xBF# a\r\n- b\r\n");
    CHECK(tidied(bom) == "\xEF\xBB\xBF- b\r\n");
    QueueText cr = queue_text("- a\r- b");
    CHECK(take_in_place(cr, 2) == Lines{"a", "b"});
    CHECK(cr.text() == "# a\r# b");
    QueueText indented = queue_text("  - |\n    a\n\n    b\n  - \"c\n    d\"\n");
    CHECK(take_in_place(indented) == Lines{"a\n\nb\n"});
    CHECK(indented.text() == "# - |\n#   a\n\n#   b\n  - \"c\n    d\"\n");
    CHECK(tidied(indented) == "  - \"c\n    d\"\n");
}

TEST_CASE("what cannot be commented out line by line is cut or written anew instead") {
    for (const char* text :
         {"[a, b]\n", "- &x a\n- *x\n", "- \"a\n\tb\"\n- c\n", "- command: c\n  x: [1, 2]\n",
          "- \"a\n0\"\n- c\n", "- 'a\xE2\x80\xA8 b'\n- c\n",
          "- command: c\n  x: [1]\n  y: [1, 2]\n"}) {
        CAPTURE(text);
        QueueText queue = queue_text(text);
        CHECK(take_in_place(queue).empty());
    }
}

TEST_CASE("a list in brackets is written out once, then taken from in place") {
    QueueText queue = queue_text("- command: c\n  x: [1, 2, 3, 4]\n");
    CHECK(remuda::test::take(queue) == Lines{"c x=1"});
    CHECK(take_in_place(queue, 2) == Lines{"c x=2", "c x=3"});
    CHECK(queue.text() == "- command:\n    - c\n  x:\n#   - '2'\n#   - '3'\n    - '4'\n");
}

TEST_CASE("a job knows its line through takes in place") {
    QueueText queue = queue_text("# c\n- a\n\n- command:\n    - b\n    - c\n- d\n");
    Lines places;
    while (!queue.is_empty()) {
        auto removal = queue.without_first_jobs(1, true);
        REQUIRE(removal);
        REQUIRE(removal->edit.is_in_place);
        const auto place = removal->jobs.front().place;
        places.push_back(std::to_string(place.line) + ":" + std::to_string(place.column));
        queue.apply(std::move(removal->edit));
    }
    CHECK(places == Lines{"2:3", "5:7", "6:7", "7:3"});
}

TEST_CASE("a job is put back before a head of which jobs are gone") {
    QueueText queue = queue_text("# top\n- a\n- command: c\n  x:\n    - 1\n    - 2\n    - 3\n");
    CHECK(take_in_place(queue, 3) == Lines{"a", "c x=1", "c x=2"});
    remuda::model::Job job;
    job.command = "a";
    auto edit = queue.with_front({job});
    REQUIRE(edit);
    CHECK(edit->text == "# top\n- command:\n    - a\n- command: c\n  x:\n    - 3\n");
    queue.apply(std::move(*edit));
    CHECK(queue.job_total() == 2);
}

TEST_CASE("in a burst the file stays where it is; tidying replaces it") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "# top\n- a\n# on b\n- b\n- c\n"));
    Queue queue(path, nullptr);
    REQUIRE(queue.tidy());
    const ino_t inode = inode_of(path);
    CHECK(taken(queue) == Lines{"a"});
    CHECK(inode_of(path) == inode);
    CHECK(load_file(path).value() == "# top\n# a\n# on b\n- b\n- c\n");
    CHECK_FALSE(queue.has_changed());
    REQUIRE(queue.tidy());
    CHECK(load_file(path).value() == "# top\n# on b\n- b\n- c\n");
    CHECK_FALSE(queue.has_changed());
    CHECK(taken(queue, 5) == Lines{"b", "c"});
    CHECK(taken(queue).empty());
    REQUIRE(queue.tidy());
    CHECK(load_file(path).value() == "# top\n# on b\n");
    CHECK(jobs_in(load_file(dir.path("consumed.yaml")).value()) == Lines{"a", "b", "c"});
}

TEST_CASE("what somebody has saved over commented lines is not tidied") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "- a\n- b\n"));
    Queue queue(path, nullptr);
    CHECK(taken(queue) == Lines{"a"});
    REQUIRE(replace_file(path, "# a\n- b\n- c\n"));
    REQUIRE(queue.tidy());
    CHECK(load_file(path).value() == "# a\n- b\n- c\n");
    CHECK(taken(queue) == Lines{"b"});
}

TEST_CASE("a large file is consumed in place, and compacted past half") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    std::string text;
    for (int i = 0; i < 30000; ++i) {
        text += "- echo job number " + std::to_string(i) + "\n";
    }
    REQUIRE(replace_file(path, text));
    Queue queue(path, nullptr);
    const auto take_many = [&] { return queue.take([](const auto&) { return up_to(1000); }); };
    const ino_t inode = inode_of(path);
    std::size_t largest_growth = 0;
    for (int i = 0; i < 30; ++i) {
        const auto result = take_many();
        REQUIRE(result);
        REQUIRE(std::get<Taken>(*result).jobs.size() == 1000);
        CHECK(std::get<Taken>(*result).jobs[7].command ==
              "echo job number " + std::to_string(i * 1000 + 7));
        if (i == 10) CHECK(inode_of(path) == inode);
        const std::string now = load_file(path).value();
        largest_growth = std::max(largest_growth, now.size());
        if (i % 7 == 0) REQUIRE(jobs_in(now).size() == queue.remaining());
        if (i == 20) CHECK(now.size() < text.size() / 2 + 100000);
    }
    CHECK(largest_growth == text.size());
    CHECK(std::holds_alternative<Empty>(take_many().value()));
    REQUIRE(queue.tidy());
    CHECK(load_file(path).value().empty());
}

TEST_CASE("a read-only queue file is replaced, as ever") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "- a\n- b\n", 0400));
    Queue queue(path, nullptr);
    CHECK(taken(queue) == Lines{"a"});
    // Root may write it.
    REQUIRE(queue.tidy());
    CHECK(load_file(path).value() == "- b\n");
}

TEST_CASE("a product of a million jobs stays small in the file, in a burst too") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    std::string list = "[0";
    for (int i = 1; i < 100; ++i) {
        list += ", " + std::to_string(i);
    }
    list += "]";
    REQUIRE(replace_file(
        path, "- command: c\n  x: " + list + "\n  y: " + list + "\n  z: " + list + "\n"));
    Queue queue(path, nullptr);
    for (int i = 0; i < 1000; i += 10) {
        const Lines jobs = taken(queue, 10);
        REQUIRE(jobs.size() == 10);
        CHECK(jobs.front() ==
              "c x=0 y=" + std::to_string(i / 100) + " z=" + std::to_string(i % 100));
        CHECK(std::filesystem::file_size(path) < 20'000);
    }
    CHECK(queue.remaining() == 999'000);
    REQUIRE(queue.tidy());
    CHECK(std::filesystem::file_size(path) < 10'000);
}

TEST_CASE(
    "a long list around a short one is written anew seldom, and stands as before in the end") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    std::string text = "- command: c {{ x }} {{ z }}\n  x:\n";
    for (int x = 0; x < 1000; ++x)
        text += "    - " + std::to_string(x) + "\n";
    text += "  z: [a, b]\n# behind\n- last\n";
    REQUIRE(replace_file(path, text));
    const Lines expected = jobs_in(text);
    Queue queue(path, nullptr);
    std::size_t files = 0;
    std::size_t largest = 0;
    ino_t before = inode_of(path);
    const std::size_t most = 501;
    for (std::size_t n = 0; n < most; ++n) {
        REQUIRE(taken(queue) == Lines{expected[n]});
        files += std::exchange(before, inode_of(path)) == before ? 0 : 1;
        largest = std::max(largest, std::filesystem::file_size(path));
    }
    CHECK(files < 20);
    CHECK(largest < 2 * text.size());
    // Another one that reads it finds the same jobs.
    CHECK(jobs_in(load_file(path).value()) ==
          Lines(expected.begin() + static_cast<std::ptrdiff_t>(most), expected.end()));
    REQUIRE(queue.tidy());
    const std::string left = load_file(path).value();
    CHECK(
        left.starts_with("- command:\n    - 'c {{ x }} {{ z }}'\n  x:\n    - '250'\n  z:\n    - b\n"
                         "- command:\n    - 'c {{ x }} {{ z }}'\n  x:\n    - '251'\n"));
    CHECK(left.ends_with("    - '999'\n  z:\n    - a\n    - b\n# behind\n- last\n"));
    CHECK(left.size() < text.size() + 100);
    for (std::size_t n = most; n < expected.size(); ++n)
        REQUIRE(taken(queue) == Lines{expected[n]});
    REQUIRE(queue.tidy());
    CHECK(load_file(path).value() == "# behind\n");
}

TEST_CASE("processes that take from one file in turn leave no comments of theirs behind") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    std::string text = "# mine\n";
    for (int job = 0; job < 12; ++job)
        text += "- job" + std::to_string(job) + "\n" + (job == 5 ? "# mine too\n" : "");
    REQUIRE(replace_file(path, text));
    Queue one(path, QueueSettings{});
    Queue other(path, QueueSettings{});
    for (int turn = 0; turn < 3; ++turn) {
        CHECK(taken(one, 2).size() == 2);
        CHECK(taken(other, 2).size() == 2);
    }
    CHECK(jobs_in(*load_file(path)).empty());
    CHECK(load_file(path)->size() == text.size());
    SUBCASE("the one that took last tidies up") {
        REQUIRE(other.tidy());
    }
    SUBCASE("the other one does") {
        REQUIRE(one.tidy());
    }
    CHECK(*load_file(path) == "# mine\n# mine too\n");
}

TEST_CASE("whoever writes the file under the lock finds no comments of a run in it") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "# mine\n- one\n- two\n- three\n- four\n"));
    Queue run(path, QueueSettings{});
    CHECK(taken(run, 2).size() == 2);
    {
        auto lock = Lock::try_take(path, "test");
        REQUIRE(lock);
        REQUIRE(Queue(path, QueueSettings{}).tidy_under(*lock));
        CHECK(*load_file(path) == "# mine\n- three\n- four\n");
        REQUIRE(replace_file(path, "# mine\n- three\n# five\n"));
    }
    CHECK(taken(run) == Lines{"three"});
    REQUIRE(run.tidy());
    CHECK(*load_file(path) == "# mine\n# five\n");
}

TEST_CASE("comments of a file that somebody has saved since are the user's") {
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, "- one\n- two\n- three\n"));
    Queue one(path, QueueSettings{});
    CHECK(taken(one) == Lines{"one"});
    CHECK(*load_file(path) == "# one\n- two\n- three\n");
    // Not under the lock, of the same length.
    REQUIRE(replace_file(path, "# ONE\n- two\n- three\n"));
    Queue other(path, QueueSettings{});
    CHECK(taken(other) == Lines{"two"});
    REQUIRE(other.tidy());
    CHECK(*load_file(path) == "# ONE\n- three\n");
}
