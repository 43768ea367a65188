// SPDX-License-Identifier: MIT
//
// Real files and the real clock. Nothing sleeps: each wait ends with what it waits for, or with a
// deadline that only a failure reaches.
#include "remuda/loop/file_watch.h"

#include "support/temp_dir.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

using namespace std::chrono_literals;
using remuda::loop::FileWatch;
using remuda::loop::Loop;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::loop::Wake;
using remuda::test::TempDir;

namespace fs = std::filesystem;

namespace {

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

Task<> hear(Loop& loop, FileWatch& watch, Wake& heard, remuda::Duration patience) {
    Stop stop;
    heard = co_await watch.changed(loop.now() + patience, stop);
}

/// Whether the watch says that the file has changed.
bool is_heard(Loop& loop, FileWatch& watch) {
    Wake heard = Wake::stopped;
    loop.run(hear(loop, watch, heard, 20s));
    return heard == Wake::ready;
}

/// Whether it has nothing to say. What inotify knows is readable at once.
bool is_quiet(Loop& loop, FileWatch& watch) {
    Wake heard = Wake::stopped;
    loop.run(hear(loop, watch, heard, 0s));
    return heard == Wake::timeout;
}

int inherited_descriptors() {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) {
        const int flags = ::fcntl(fd, F_GETFD);
        if (flags >= 0 && (flags & FD_CLOEXEC) == 0) ++count;
    }
    return count;
}

struct Watching {
    explicit Watching(const std::string& name) : watch(loop, dir.path(name)) {}
    [[nodiscard]] bool is_heard() { return ::is_heard(loop, watch); }
    [[nodiscard]] bool is_quiet() { return ::is_quiet(loop, watch); }

    TempDir dir;
    Loop loop;
    FileWatch watch;
};

}  // namespace

TEST_CASE("a file that is made, appended to, replaced and removed is heard of each time") {
    Watching here("queue.yaml");
    const std::string path = here.dir.path("queue.yaml");
    write(path, "- one\n");
    CHECK(here.is_heard());
    std::ofstream(path, std::ios::app) << "- two\n";
    CHECK(here.is_heard());
    write(here.dir.path("new"), "- three\n");
    fs::rename(here.dir.path("new"), path);
    CHECK(here.is_heard());
    fs::remove(path);
    CHECK(here.is_heard());
    CHECK(here.is_quiet());
}

TEST_CASE("other files of the folder are not heard of") {
    Watching here("queue.yaml");
    write(here.dir.path("queue.yaml.lock"), "somebody");
    write(here.dir.path("consumed.yaml"), "- x\n");
    CHECK(here.is_quiet());
}

TEST_CASE("what changed before the wait is heard of by it") {
    Watching here("queue.yaml");
    write(here.dir.path("queue.yaml"), "- one\n");
    write(here.dir.path("other"), "");
    CHECK(here.is_heard());
    CHECK(here.is_quiet());
}

TEST_CASE("the target of a link is watched, also after the link points elsewhere") {
    const TempDir dir;
    fs::create_directory(dir.path("a"));
    fs::create_directory(dir.path("b"));
    write(dir.path("a/real"), "");
    write(dir.path("b/real"), "");
    fs::create_symlink("a/real", dir.path("queue.yaml"));
    Loop loop;
    FileWatch watch(loop, dir.path("queue.yaml"));
    write(dir.path("a/real"), "- one\n");
    CHECK(is_heard(loop, watch));

    fs::create_symlink("b/real", dir.path("fresh"));
    fs::rename(dir.path("fresh"), dir.path("queue.yaml"));
    CHECK(is_heard(loop, watch));
    write(dir.path("b/real"), "- two\n");
    CHECK(is_heard(loop, watch));
    write(dir.path("a/real"), "- old\n");
    CHECK(is_quiet(loop, watch));
}

TEST_CASE("a folder that disappears and comes back is survived") {
    const TempDir dir;
    fs::create_directory(dir.path("in"));
    write(dir.path("in/queue.yaml"), "");
    Loop loop;
    FileWatch watch(loop, dir.path("in/queue.yaml"));
    fs::remove_all(dir.path("in"));
    CHECK(is_heard(loop, watch));
    while (!is_quiet(loop, watch)) {
    }

    fs::create_directory(dir.path("in"));
    CHECK(is_heard(loop, watch));
    write(dir.path("in/queue.yaml"), "- again\n");
    CHECK(is_heard(loop, watch));
    CHECK(watch.fault().empty());
}

TEST_CASE("a wait for a change is ended by a stop") {
    Watching here("queue.yaml");
    Stop stop;
    stop.request();
    Wake heard = Wake::ready;
    const auto wait = [](FileWatch& watch, Stop& stopped, Wake& how) -> Task<> {
        how = co_await watch.changed(remuda::kNever, stopped);
    };
    here.loop.run(wait(here.watch, stop, heard));
    CHECK(heard == Wake::stopped);
}

TEST_CASE("its descriptor is not inherited") {
    const int before = inherited_descriptors();
    const Watching here("queue.yaml");
    CHECK(inherited_descriptors() == before);
}
