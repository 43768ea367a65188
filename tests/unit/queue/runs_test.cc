// SPDX-License-Identifier: MIT
//
// An entry with several long lists stands as many entries while a burst goes on (cut.h), whatever
// else becomes of the file.
#include "remuda/base/fd.h"
#include "support/temp_dir.h"
#include "unit/queue/queues.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <utility>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>

using namespace remuda::queue;
using remuda::load_file;
using remuda::replace_file;
using remuda::test::in_one_line;
using remuda::test::jobs_in;
using remuda::test::MemoryDir;
using Lines = std::vector<std::string>;

namespace {

Lines taken(Queue& queue, std::size_t most = 1, bool is_burst = true) {
    const auto result = queue.take(
        [&](const auto&) { return Admission{Admission::Verdict::take, most}; }, is_burst);
    REQUIRE(result);
    Lines jobs;
    if (const auto* found = std::get_if<Taken>(&*result)) {
        for (const auto& job : found->jobs)
            jobs.push_back(in_one_line(job));
    }
    return jobs;
}

std::string list(const std::string& key, int count, const std::string& line_break = "\n") {
    std::string text = "  " + key + ":" + line_break;
    for (int i = 0; i < count; ++i)
        text += "    - v" + std::to_string(i) + line_break;
    return text;
}

// Large enough to be written as runs.
std::string product() {
    return "- command: c {{ x }} {{ z }}\n" + list("x", 600) + list("z", 2);
}

std::size_t entries_in(const std::string& text) {
    const remuda::yaml::Source source("queue.yaml", text);
    remuda::yaml::Diagnostics diagnostics;
    return parse_queue(source, diagnostics).size();
}

Lines behind(const Lines& jobs, std::size_t taken) {
    return {jobs.begin() + static_cast<std::ptrdiff_t>(taken), jobs.end()};
}

// A file with runs at its top, and what took of it.
struct Burst {
    explicit Burst(const std::string& text) : path(dir.path("queue.yaml")), all(jobs_in(text)) {
        REQUIRE(replace_file(path, text));
        for (; gone < 3; ++gone)
            REQUIRE(taken(queue) == Lines{all[gone]});
        REQUIRE(entries_in(now()) > 10);
        check();
    }
    [[nodiscard]] std::string now() const { return load_file(path).value(); }
    void check() const { CHECK(jobs_in(now()) == behind(all, gone)); }

    const MemoryDir dir;
    std::string path;
    Lines all;
    std::size_t gone = 0;
    Queue queue{path, QueueSettings{}};
};

}  // namespace

TEST_CASE("whoever tidies joins the runs of another process") {
    Burst burst("# top\n" + product() + "# behind\n- last\n");
    Queue other(burst.path, QueueSettings{});
    SUBCASE("one that has taken since") {
        REQUIRE(taken(other) == Lines{burst.all[burst.gone++]});
        REQUIRE(other.tidy());
    }
    SUBCASE("one that took the whole file along") {
        REQUIRE(taken(other, 1, false) == Lines{burst.all[burst.gone++]});
        REQUIRE(taken(burst.queue) == Lines{burst.all[burst.gone++]});
        REQUIRE(burst.queue.tidy());
    }
    SUBCASE("somebody who holds the lock to edit") {
        const auto lock = Lock::try_take(burst.path, "test");
        REQUIRE(lock);
        REQUIRE(other.tidy_under(*lock));
    }
    burst.check();
    CHECK(entries_in(burst.now()) <= 3);
    CHECK(burst.now().starts_with("# top\n- command"));
    CHECK(burst.now().ends_with("# behind\n- last\n"));
    REQUIRE(taken(burst.queue) == Lines{burst.all[burst.gone++]});
    burst.check();
}

TEST_CASE("what the user has written as entries in a row is not joined") {
    const std::string mine =
        "- command:\n    - c\n  x:\n    - '1'\n- command:\n    - c\n  x:\n    - '2'\n"
        "- a\n- b\n";
    SUBCASE("behind runs") {
        Burst burst(product() + mine);
        REQUIRE(burst.queue.tidy());
        CHECK(burst.now().ends_with(mine));
        burst.check();
    }
    SUBCASE("alone") {
        const MemoryDir dir;
        const std::string path = dir.path("queue.yaml");
        REQUIRE(replace_file(path, "- first\n" + mine));
        Queue queue(path, QueueSettings{});
        CHECK(taken(queue) == Lines{"first"});
        REQUIRE(queue.tidy());
        CHECK(load_file(path).value() == mine);
    }
}

TEST_CASE("what somebody puts between runs, with the lock or without it, stays there") {
    Burst burst(product() + "- last\n");
    Queue other(burst.path, QueueSettings{});
    CHECK(taken(other) == Lines{burst.all[burst.gone++]});
    std::string text = burst.now();
    std::size_t at = 0;
    for (int entry = 0; entry < 4; ++entry)
        at = text.find("\n- command", at + 1);
    text.insert(at + 1, "# mine\n- new\n");
    {
        std::optional<Lock> lock;
        SUBCASE("with the lock") {
            lock.emplace(Lock::try_take(burst.path, "test").value());
            REQUIRE(replace_file(burst.path, text));
        }
        SUBCASE("by renaming") {
            REQUIRE(replace_file(burst.path, text));
        }
        SUBCASE("in place") {
            std::ofstream(burst.path, std::ios::binary) << text;
        }
    }
    burst.all = jobs_in(text);
    burst.gone = 0;
    for (int turn = 0; turn < 4; ++turn)
        REQUIRE(taken(turn % 2 == 0 ? burst.queue : other) == Lines{burst.all[burst.gone++]});
    REQUIRE(burst.queue.tidy());
    REQUIRE(other.tidy());
    CHECK(burst.now().find("\n# mine\n- new\n") != std::string::npos);
    burst.check();
}

TEST_CASE("runs that are changed in place, with the same length and time, are read again") {
    Burst burst(product() + "- last\n");
    Queue other(burst.path, QueueSettings{});
    CHECK(taken(other) == Lines{burst.all[burst.gone++]});
    struct stat before{};
    REQUIRE(::stat(burst.path.c_str(), &before) == 0);
    std::string text = burst.now();
    text.replace(text.rfind("v599"), 4, "w599");
    std::size_t at = 0;
    for (int entry = 0; entry < 4; ++entry)
        at = text.find("\n- command", at + 1);
    text.replace(text.find("c {{", at), 1, "C");
    struct stat after = before;
    // Where the clock of files has coarse ticks, until the next one.
    while (std::pair(after.st_ctim.tv_sec, after.st_ctim.tv_nsec) ==
           std::pair(before.st_ctim.tv_sec, before.st_ctim.tv_nsec)) {
        std::ofstream(burst.path, std::ios::in | std::ios::binary) << text;
        const std::array times{before.st_atim, before.st_mtim};
        REQUIRE(::utimensat(AT_FDCWD, burst.path.c_str(), times.data(), 0) == 0);
        REQUIRE(::stat(burst.path.c_str(), &after) == 0);
    }
    CHECK(after.st_ino == before.st_ino);
    CHECK(after.st_size == before.st_size);
    CHECK(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
    burst.all = jobs_in(text);
    burst.gone = 0;
    for (int turn = 0; turn < 8; ++turn)
        REQUIRE(taken(turn % 2 == 0 ? burst.queue : other) == Lines{burst.all[burst.gone++]});
    REQUIRE(burst.queue.tidy());
    burst.check();
}

TEST_CASE("an older copy that is renamed into place has no runs, or those of then") {
    Burst burst(product() + "- last\n");
    const std::string old = burst.now();
    const std::size_t gone = burst.gone;
    Queue other(burst.path, QueueSettings{});
    for (int turn = 0; turn < 6; ++turn)
        REQUIRE(taken(turn % 2 == 0 ? burst.queue : other) == Lines{burst.all[burst.gone++]});
    // Without a ledger nobody knows what is a repeat.
    SUBCASE("as it was") {
        REQUIRE(replace_file(burst.path, old));
        burst.gone = gone;
    }
    SUBCASE("as the user had written it") {
        const std::string text = product() + "- last\n";
        REQUIRE(replace_file(burst.path, text));
        burst.gone = 0;
    }
    for (int turn = 0; turn < 6; ++turn)
        REQUIRE(taken(turn % 2 == 0 ? burst.queue : other) == Lines{burst.all[burst.gone++]});
    REQUIRE(other.tidy());
    burst.check();
}

TEST_CASE("runs are in the style of the file, and are joined in it") {
    std::string text = "\xEF\xBB\xBF# top\r\n- command: c {{ x }} {{ z }}\r\n" +
                       list("x", 600, "\r\n") + list("z", 2, "\r\n") + "- last\r\n";
    SUBCASE("CR LF and a byte order mark") {}
    SUBCASE("indented") {
        std::string indented = "# top\n";
        const std::string plain = product() + "- last\n";
        for (std::size_t at = 0, end = 0; at < plain.size(); at = end) {
            end = plain.find('\n', at) + 1;
            indented += "   " + plain.substr(at, end - at);
        }
        text = indented;
    }
    Burst burst(text);
    const bool is_crlf = text.find('\r') != std::string::npos;
    const auto is_in_style = [&] {
        const std::string now = burst.now();
        if (is_crlf) {
            return now.starts_with("\xEF\xBB\xBF# ") &&
                   std::ranges::count(now, '\n') == std::ranges::count(now, '\r');
        }
        return now.starts_with("# top\n") && now.find("\n- ") == std::string::npos;
    };
    CHECK(is_in_style());
    Queue other(burst.path, QueueSettings{});
    for (int turn = 0; turn < 20; ++turn) {
        REQUIRE(taken(turn % 2 == 0 ? burst.queue : other, 7).size() == 7);
        burst.gone += 7;
        burst.check();
    }
    CHECK(is_in_style());
    REQUIRE(other.tidy());
    CHECK(is_in_style());
    CHECK(entries_in(burst.now()) <= 3);
    burst.check();
}

TEST_CASE("a file that is written anew at first, because of anchors, is joined again too") {
    const std::string text = "- command: &c c {{ x }} {{ z }}\n" + list("x", 600) + list("z", 2);
    Burst burst(text + "- *c\n- last\n");
    REQUIRE(burst.queue.tidy());
    CHECK(entries_in(burst.now()) <= 4);
    burst.check();
}

TEST_CASE("runs around and within a list of slots") {
    std::string text = "- command: c\n";
    SUBCASE("within") {
        text += list("x", 600) + "  slots: [1, 2, 4]\n";
    }
    SUBCASE("around") {
        text += "  slots: [4, 1, 1, 2]\n" + list("x", 300) + list("z", 2);
    }
    SUBCASE("between") {
        text += list("x", 600) + "  slots:\n    - 2\n    - 1\n" + list("z", 2);
    }
    Burst burst(text + "- last\n");
    Queue other(burst.path, QueueSettings{});
    for (int turn = 0; turn < 300; ++turn) {
        const Lines jobs = taken(turn % 2 == 0 ? burst.queue : other, 5);
        REQUIRE_FALSE(jobs.empty());
        for (const std::string& job : jobs)
            REQUIRE(job == burst.all[burst.gone++]);
        if (turn % 50 != 49) continue;
        burst.check();
        REQUIRE((turn % 100 == 99 ? burst.queue : other).tidy());
        burst.check();
        CHECK(entries_in(burst.now()) <= 6);
    }
}

TEST_CASE("a product whose jobs cannot be counted") {
    std::string text = "- command: c\n";
    for (int i = 0; i < 70; ++i)
        text += "  p" + std::to_string(i) + ": [a, b]\n";
    const MemoryDir dir;
    const std::string path = dir.path("queue.yaml");
    REQUIRE(replace_file(path, text + "# " + std::string(8000, 'x') + "\n"));
    Queue queue(path, QueueSettings{});
    std::string last;
    for (int i = 0; i < 40; ++i) {
        const Lines jobs = taken(queue);
        REQUIRE(jobs.size() == 1);
        CHECK(jobs.front() != last);
        last = jobs.front();
        REQUIRE(queue.tidy());
        struct stat before{};
        struct stat after{};
        REQUIRE(::stat(path.c_str(), &before) == 0);
        REQUIRE(queue.tidy());
        REQUIRE(::stat(path.c_str(), &after) == 0);
        // Once is enough.
        CHECK(after.st_ino == before.st_ino);
    }
    // 40 is 101000 in binary.
    CHECK(taken(queue).front().ends_with(" p63=a p64=b p65=a p66=b p67=a p68=a p69=a"));
}
