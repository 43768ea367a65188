// SPDX-License-Identifier: MIT
#include "remuda/loop/child.h"

#include <csignal>

#include <doctest/doctest.h>

#include <unistd.h>

using remuda::kNever;
using remuda::loop::Child;
using remuda::loop::ChildEnd;
using remuda::loop::ChildSpec;
using remuda::loop::Loop;
using remuda::loop::Stop;
using remuda::loop::Task;

namespace {

Task<> run_to_end(Loop& loop, ChildSpec spec, ChildEnd& end) {
    Stop stop;
    auto child = Child::spawn(loop, spec);
    REQUIRE(child);
    const auto ended = co_await child->wait(kNever, stop);
    REQUIRE(ended);
    end = *ended;
}

ChildEnd end_of(std::vector<std::string> arguments) {
    Loop loop;
    ChildEnd end;
    ChildSpec spec;
    spec.arguments = std::move(arguments);
    loop.run(run_to_end(loop, std::move(spec), end));
    return end;
}

Task<> end_a_group(Loop& loop) {
    ChildSpec spec;
    spec.arguments = {"sh", "-c", "sleep 1000 & wait"};
    Stop stop;
    auto child = Child::spawn(loop, spec);
    REQUIRE(child);
    CHECK(::getpgid(child->pid()) == child->pid());
    const auto not_yet = co_await child->wait(loop.now(), stop);
    CHECK_FALSE(not_yet);
    child->signal(SIGTERM);
    const auto ended = co_await child->wait(kNever, stop);
    REQUIRE(ended);
    CHECK(ended->signal == SIGTERM);
}

Task<> drop_while_running(Loop& loop, pid_t& pid) {
    ChildSpec spec;
    spec.arguments = {"sleep", "1000"};
    const auto child = Child::spawn(loop, spec);
    REQUIRE(child);
    pid = child->pid();
    co_return;
}

}  // namespace

TEST_CASE("exit codes and signals of a child are told apart") {
    CHECK(end_of({"sh", "-c", "exit 7"}).exit_code == 7);
    CHECK(end_of({"sh", "-c", "kill -KILL $$"}).signal == SIGKILL);
}

TEST_CASE("a program that is not there is an error, not an exit code") {
    Loop loop;
    ChildSpec spec;
    spec.arguments = {"/no/such/program"};
    const auto child = Child::spawn(loop, spec);
    REQUIRE_FALSE(child);
    CHECK(child.error().code() == remuda::Code::not_found);
}

TEST_CASE("a child has a process group of its own, which a signal reaches whole") {
    Loop loop;
    loop.run(end_a_group(loop));
}

TEST_CASE("a child that nobody waited for is killed and reaped") {
    Loop loop;
    pid_t pid = -1;
    loop.run(drop_while_running(loop, pid));
    CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("a child inherits no descriptor of ours") {
    // What the loop works with (epoll, eventfd, timerfd, pidfd) are all anonymous inodes.
    CHECK(end_of({"sh", "-c", "! ls -l /proc/self/fd | grep anon_inode"}).exit_code == 0);
}
