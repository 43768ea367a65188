// SPDX-License-Identifier: MIT
#include "remuda/history/log_files.h"

#include "remuda/base/fd.h"
#include "stores.h"

#include <array>
#include <csignal>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace remuda;
using history::AttemptName;
using history::log_path;
using history::LogFiles;
using model::Stream;
using remuda::test::in_child;
using remuda::test::TempDir;

namespace {

constexpr AttemptName kFirst{{7}, {1}};

struct Place {
    [[nodiscard]] LogFiles logs(std::size_t most_open = 64) {
        return {dir.path(), [this](const std::string& text) { notes.push_back(text); }, most_open};
    }
    [[nodiscard]] std::string content(const AttemptName& name, Stream stream) const {
        auto text = load_file(log_path(dir.path(), name, stream));
        return text ? *text : "(none)";
    }

    TempDir dir;
    std::vector<std::string> notes;
};

unsigned mode_of(const std::string& path) {
    struct stat found{};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_mode & 07777U;
}

}  // namespace

TEST_CASE("each stream of an attempt has a file, made with its first byte") {
    Place place;
    LogFiles logs = place.logs();
    logs.append(kFirst, Stream::out, "");
    CHECK(place.content(kFirst, Stream::out) == "(none)");
    logs.append(kFirst, Stream::out, "one\n");
    logs.append(kFirst, Stream::out, "two\n");
    CHECK(place.content(kFirst, Stream::out) == "one\ntwo\n");
    CHECK(place.content(kFirst, Stream::err) == "(none)");
    logs.append(kFirst, Stream::err, "oops");
    const auto lengths = logs.end(kFirst);
    CHECK(lengths.out == 8);
    CHECK(lengths.err == 4);
    CHECK(logs.open_count() == 0);
    CHECK(mode_of(place.dir.path("logs")) == 0700);
    CHECK(mode_of(place.dir.path("logs/7")) == 0700);
    CHECK(mode_of(log_path(place.dir.path(), kFirst, Stream::out)) == 0600);
    CHECK(place.notes.empty());
}

TEST_CASE("an attempt that wrote nothing has lengths, and no file") {
    Place place;
    LogFiles logs = place.logs();
    const auto lengths = logs.end(kFirst);
    CHECK(lengths.out == 0);
    CHECK_FALSE(std::filesystem::exists(place.dir.path("logs")));
}

TEST_CASE("few files are open at a time, and none of the others loses anything") {
    Place place;
    LogFiles logs = place.logs(3);
    for (int round = 0; round < 4; ++round) {
        for (std::uint64_t id = 1; id <= 10; ++id)
            logs.append({{1}, {id}}, Stream::out, std::to_string(id) + "\n");
        CHECK(logs.open_count() == 3);
    }
    for (std::uint64_t id = 1; id <= 10; ++id) {
        const std::string line = std::to_string(id) + "\n";
        CHECK(place.content({{1}, {id}}, Stream::out) == line + line + line + line);
    }
}

TEST_CASE("much output is in the file when its attempt has ended, in order") {
    Place place;
    LogFiles logs = place.logs(2);
    std::array<std::string, 3> wrote;
    for (std::size_t round = 0; round < 300; ++round) {
        for (std::size_t id = 0; id < wrote.size(); ++id) {
            // Pieces of every size, those of a few bytes between large ones.
            const std::size_t size = round % 3 == 0 ? 7 + round : 20'000 + 91 * round;
            const std::string piece(size, static_cast<char>('a' + (round + id) % 26));
            logs.append({{1}, {id}}, Stream::out, piece);
            wrote[id] += piece;
        }
    }
    for (std::size_t id = 0; id < wrote.size(); ++id) {
        CHECK(logs.end({{1}, {id}}).out == wrote[id].size());
        CHECK((place.content({{1}, {id}}, Stream::out) == wrote[id]));
    }
    CHECK(logs.open_count() == 0);
    CHECK(place.notes.empty());
}

TEST_CASE("of a stream that is longer than the limit the beginning is kept") {
    Place place;
    LogFiles logs = place.logs();
    logs.set_limit(kFirst, 5);
    logs.append(kFirst, Stream::out, "abc");
    logs.append(kFirst, Stream::out, "defg");
    logs.append(kFirst, Stream::out, "h");
    logs.append(kFirst, Stream::err, "other");
    CHECK(place.content(kFirst, Stream::out) == "abcde");
    CHECK(place.content(kFirst, Stream::err) == "other");
    REQUIRE(place.notes.size() == 1);
    CHECK(place.notes.front().find("keeps the first 5 bytes only") != std::string::npos);
    CHECK(logs.end(kFirst).out == 8);
}

TEST_CASE("what a dead run has left is gone on with") {
    Place place;
    {
        LogFiles logs = place.logs();
        logs.append(kFirst, Stream::out, "before ");
    }
    LogFiles logs = place.logs();
    const auto lengths = logs.go_on(kFirst);
    CHECK(lengths.out == 7);
    CHECK(lengths.err == 0);
    logs.append(kFirst, Stream::out, "after");
    CHECK(place.content(kFirst, Stream::out) == "before after");
    CHECK(logs.end(kFirst).out == 12);
}

TEST_CASE("a folder that was taken away is made anew") {
    Place place;
    LogFiles logs = place.logs();
    logs.append(kFirst, Stream::out, "one");
    std::filesystem::remove_all(place.dir.path("logs"));
    logs.append({{7}, {2}}, Stream::out, "two");
    CHECK(place.content({{7}, {2}}, Stream::out) == "two");
}

TEST_CASE("where nothing can be written that is said once, and jobs go on") {
    Place place;
    std::filesystem::create_directories(place.dir.path("logs"));
    {
        const Fd file(::open(place.dir.path("logs/7").c_str(), O_CREAT | O_CLOEXEC, 0600));
    }
    LogFiles logs = place.logs();
    logs.append(kFirst, Stream::out, "one");
    logs.append(kFirst, Stream::out, "two");
    logs.append({{7}, {2}}, Stream::err, "three");
    CHECK(logs.end(kFirst).out == 6);
    REQUIRE(place.notes.size() == 1);
    CHECK(place.notes.front().find("jobs go on") != std::string::npos);
}

TEST_CASE("a log that the disk has no room for keeps its beginning, without a gap") {
    Place place;
    const int ending = in_child([&] {
        // What a full disk does to a write: some of it is written, then none.
        (void)std::signal(SIGXFSZ, SIG_IGN);
        const rlimit most{10, 10};
        if (::setrlimit(RLIMIT_FSIZE, &most) != 0) return 1;
        LogFiles logs = place.logs();
        logs.append(kFirst, Stream::out, "0123456");
        logs.append(kFirst, Stream::out, "789abc");
        logs.append(kFirst, Stream::out, "d");
        if (place.notes.size() != 1) return 2;
        // Others are not touched by it.
        logs.append({{7}, {2}}, Stream::out, "small");
        return logs.end(kFirst).out == 14 ? 0 : 3;
    });
    CHECK(ending == 0);
    CHECK(place.content(kFirst, Stream::out) == "0123456789");
    CHECK(place.content({{7}, {2}}, Stream::out) == "small");
}

TEST_CASE("much output that the disk has no room for is told, and its beginning is kept") {
    Place place;
    const std::string chunk(60'000, 'x');
    const int ending = in_child([&] {
        (void)std::signal(SIGXFSZ, SIG_IGN);
        const rlimit most{100'000, 100'000};
        if (::setrlimit(RLIMIT_FSIZE, &most) != 0) return 1;
        LogFiles logs = place.logs();
        for (int i = 0; i < 5; ++i)
            logs.append(kFirst, Stream::out, chunk);
        if (logs.end(kFirst).out != 5 * chunk.size()) return 2;
        return place.notes.size() == 1 ? 0 : 3;
    });
    CHECK(ending == 0);
    CHECK(place.content(kFirst, Stream::out).size() == 100'000);
}

TEST_CASE("what was appended is in the file although we are killed at any instant") {
    Place place;
    void* memory = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    auto* appended = static_cast<volatile std::uint64_t*>(memory);
    for (int round = 0; round < 20; ++round) {
        *appended = 0;
        const std::size_t size = round % 2 == 0 ? 50'000 : 5'000;
        const AttemptName name{{1}, {static_cast<std::uint64_t>(round) + 1}};
        const pid_t pid = ::fork();
        REQUIRE(pid >= 0);
        if (pid == 0) {
            LogFiles logs = place.logs();
            std::string chunk(size, '.');
            for (std::uint64_t next = 0;; ++next) {
                for (std::size_t i = 0; i < chunk.size(); ++i)
                    chunk[i] = static_cast<char>('a' + (next * chunk.size() + i) % 23);
                logs.append(name, Stream::out, chunk);
                *appended = (next + 1) * chunk.size();
            }
        }
        while (*appended < size * static_cast<unsigned>(round % 5 + 1)) {
        }
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        const std::uint64_t told = *appended;
        LogFiles logs = place.logs();
        const std::uint64_t kept = logs.go_on(name).out;
        CHECK(kept >= told);
        const std::string text = place.content(name, Stream::out);
        REQUIRE(text.size() == kept);
        bool is_whole = true;
        for (std::size_t i = 0; i < text.size(); ++i)
            is_whole = is_whole && text[i] == static_cast<char>('a' + i % 23);
        CHECK(is_whole);
        std::filesystem::remove(log_path(place.dir.path(), name, Stream::out));
    }
    ::munmap(memory, sizeof(std::uint64_t));
}

TEST_CASE("what a dead run has left of an attempt goes on under another name") {
    Place place;
    {
        LogFiles logs = place.logs();
        logs.append(kFirst, Stream::out, "before ");
    }
    const AttemptName next{{8}, {2}};
    LogFiles logs = place.logs();
    const auto lengths = logs.take_over(kFirst, next);
    CHECK(lengths.out == 7);
    CHECK(lengths.err == 0);
    logs.append(next, Stream::out, "after");
    logs.append(next, Stream::err, "oops");
    CHECK(place.content(next, Stream::out) == "before after");
    CHECK(place.content(next, Stream::err) == "oops");
    // Who asks for the old one sees how it went on.
    CHECK(place.content(kFirst, Stream::out) == "before after");
    history::remove_logs(place.dir.path(), kFirst.run);
    CHECK(place.content(next, Stream::out) == "before after");
}
