// SPDX-License-Identifier: MIT
#include "remuda/base/fd.h"
#include "remuda/queue/queue.h"
#include "support/temp_dir.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using remuda::Code;
using remuda::Fd;
using remuda::queue::Lock;
using remuda::test::TempDir;

TEST_CASE("a lock that is held is not given out again, and names its holder") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    auto held = Lock::try_take(path, "remuda q");
    REQUIRE(held);
    const auto second = Lock::try_take(path, "remuda b");
    REQUIRE_FALSE(second);
    CHECK(second.error().code() == Code::locked);
    CHECK(
        second.error().text().starts_with("remuda q (pid " + std::to_string(::getpid()) + " on "));
}

TEST_CASE("a lock is free when its holder lets go, and the file stays") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    {
        CHECK(Lock::try_take(path, "one"));
    }
    CHECK(std::filesystem::exists(path + ".lock"));
    CHECK(Lock::try_take(path, "two"));
}

TEST_CASE("what a dead holder left in the file means nothing") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    std::ofstream(path + ".lock") << std::string(5000, 'x') << "\n";
    REQUIRE(Lock::try_take(path, "new"));
    CHECK(remuda::load_file(path + ".lock")->starts_with("new (pid "));
}

TEST_CASE("foreign bytes in the lock file do not reach the terminal") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    const auto held = Lock::try_take(path, "evil \x1b]0;x\x07\x1b[31m");
    REQUIRE(held);
    const auto second = Lock::try_take(path, "b");
    REQUIRE_FALSE(second);
    CHECK(second.error().text().find('\x1b') == std::string::npos);
}

TEST_CASE("a holder that was killed holds nothing") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    int pipe_ends[2];
    REQUIRE(::pipe2(pipe_ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto lock = Lock::try_take(path, "doomed");
        (void)!::write(pipe_ends[1], lock ? "y" : "n", 1);
        ::pause();
        ::_exit(0);
    }
    char answer = 0;
    REQUIRE(::read(pipe_ends[0], &answer, 1) == 1);
    CHECK(answer == 'y');
    CHECK_FALSE(Lock::try_take(path, "me"));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(Lock::try_take(path, "me"));
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
}

TEST_CASE("a lock is held as long as a duplicate of its descriptor is open") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    Fd duplicate;
    {
        const auto held = Lock::try_take(path, "remuda lock");
        REQUIRE(held);
        CHECK((::fcntl(held->descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
        duplicate.reset(::fcntl(held->descriptor(), F_DUPFD_CLOEXEC, 0));
    }
    CHECK_FALSE(Lock::try_take(path, "me"));
    duplicate.reset();
    CHECK(Lock::try_take(path, "me"));
}

TEST_CASE("a symbolic link and its target share one lock") {
    const TempDir dir;
    std::ofstream(dir.path("real.yaml")) << "- a\n";
    std::filesystem::create_symlink(dir.path("real.yaml"), dir.path("queue.yaml"));
    const auto held = Lock::try_take(dir.path("queue.yaml"), "a");
    REQUIRE(held);
    CHECK_FALSE(Lock::try_take(dir.path("real.yaml"), "b"));
}

TEST_CASE("a folder that cannot be written says so") {
    const auto lock = Lock::try_take("/proc/queue.yaml", "a");
    REQUIRE_FALSE(lock);
    CHECK(lock.error().code() != Code::locked);
    CHECK(lock.error().text().find("/proc/queue.yaml.lock") != std::string::npos);
}

TEST_CASE("a lock that another program holds is not put down to an earlier holder of ours") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    CHECK(Lock::try_take(path, "taking a job"));
    // Another program locks the file, as `flock queue.yaml.lock CMD` would, and says so.
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd hears(ends[0]);
    const Fd says(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
        const int lock = ::open((path + ".lock").c_str(), O_RDWR | O_CLOEXEC);
        if (::flock(lock, LOCK_EX) == 0) (void)!::write(says.number(), "x", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(hears.number(), &byte, 1) == 1);
    const auto refused = Lock::try_take(path, "taking a job");
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text().find("(pid " + std::to_string(child) + " on ") !=
          std::string::npos);
    CHECK(refused.error().text().find("taking a job") == std::string::npos);
}

TEST_CASE("a lock whose taker has ended is put down to those that inherited it") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd hears(ends[0]);
    Fd says(ends[1]);
    const pid_t taker = ::fork();
    if (taker == 0) {
        const auto lock = Lock::try_take(path, "remuda lock");
        const pid_t heir = ::fork();
        if (heir == 0) {
            ::pause();
            ::_exit(0);
        }
        (void)!::write(says.number(), &heir, sizeof heir);
        ::_exit(lock ? 0 : 1);
    }
    pid_t heir = 0;
    REQUIRE(::read(hears.number(), &heir, sizeof heir) == sizeof heir);
    ::waitpid(taker, nullptr, 0);
    // Who only has the file open is not named.
    const Fd other(::open((path + ".lock").c_str(), O_RDWR | O_CLOEXEC));
    const auto refused = Lock::try_take(path, "me");
    ::kill(heir, SIGKILL);
    REQUIRE_FALSE(refused);
    const std::string& text = refused.error().text();
    CAPTURE(text);
    CHECK(text.find(" (pid " + std::to_string(heir) + "), left by remuda lock (pid " +
                    std::to_string(taker) + " on ") != std::string::npos);
    CHECK(text.ends_with("), which has ended"));
    CHECK(text.find("(pid " + std::to_string(::getpid()) + ")") == std::string::npos);
}

TEST_CASE("a lock names those that share it") {
    const TempDir dir;
    const auto held = Lock::try_take(dir.path("queue.yaml"), "remuda lock");
    REQUIRE(held);
    CHECK(held->sharers().empty());
    const pid_t sharer = ::fork();
    if (sharer == 0) {
        ::pause();
        ::_exit(0);
    }
    const std::string sharers = held->sharers();
    ::kill(sharer, SIGKILL);
    ::waitpid(sharer, nullptr, 0);
    CHECK(sharers.ends_with(" (pid " + std::to_string(sharer) + ")"));
}

TEST_CASE("one who was killed amid a change has the lock until it has ended") {
    const TempDir dir;
    const std::string path = dir.path("queue.yaml");
    // A process that is killed gives its locks up one by one. This one has given up the queue's;
    // its first thread has ended, and another one has not.
    const pid_t taker = ::fork();
    if (taker == 0) {
        auto lock = Lock::try_take(path, "taking a job");
        if (!lock || !lock->begin_change()) ::_exit(1);
        std::thread([] { ::pause(); }).detach();
        ::close(lock->descriptor());
        ::syscall(SYS_exit, 0);
    }
    const auto is_ending = [&] {
        std::string line;
        std::getline(std::ifstream("/proc/" + std::to_string(taker) + "/stat"), line);
        return line.find(") Z ") != std::string::npos;
    };
    while (!is_ending()) {
    }
    const auto refused = Lock::try_take(path, "me");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == Code::locked);
    CHECK(
        refused.error().text().starts_with("taking a job (pid " + std::to_string(taker) + " on "));
    CHECK(refused.error().text().ends_with("), which is just ending"));
    ::kill(taker, SIGKILL);
    ::waitpid(taker, nullptr, 0);
    const auto taken = Lock::try_take(path, "me");
    REQUIRE(taken);
    CHECK(taken->was_interrupted());
}
