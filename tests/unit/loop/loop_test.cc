// SPDX-License-Identifier: MIT
#include "remuda/loop/loop.h"

#include "remuda/base/fd.h"
#include "remuda/loop/signals.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

using namespace std::chrono_literals;
using remuda::Fd;
using remuda::kNever;
using remuda::Time;
using remuda::loop::Loop;
using remuda::loop::Notice;
using remuda::loop::Readiness;
using remuda::loop::Scope;
using remuda::loop::Stop;
using remuda::loop::Task;
using remuda::loop::Wake;

namespace {

struct Pipe {
    Pipe() {
        int fds[2];
        REQUIRE(::pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
        read.reset(fds[0]);
        write.reset(fds[1]);
    }
    void fill_one() const { REQUIRE(::write(write.number(), "x", 1) == 1); }

    Fd read;
    Fd write;
};

Task<> sleep_then_add(Loop& loop, std::chrono::seconds time, std::vector<int>& order, int value) {
    Stop stop;
    const Wake wake = co_await loop.sleep_until(loop.now() + time, stop);
    CHECK(wake == Wake::timeout);
    order.push_back(value);
}

Task<> run_sleepers(Loop& loop, std::vector<int>& order) {
    Scope scope(loop);
    for (int i = 0; i < 1000; ++i) {
        const int value = (i * 7) % 1000;
        scope.spawn(sleep_then_add(loop, std::chrono::seconds(value), order, value));
    }
    CHECK(scope.running() == 1000);
    co_await scope.join();
}

Task<> sleep_for_ever(Loop& loop, Stop& stop, Wake& wake) {
    wake = co_await loop.sleep_until(kNever, stop);
}

Task<> stop_a_tree(Loop& loop) {
    Stop parent;
    Stop child(parent);
    Wake wake = Wake::ready;
    Scope scope(loop);
    scope.spawn(sleep_for_ever(loop, child, wake));
    co_await loop.yield();
    co_await loop.yield();
    parent.request();
    co_await scope.join();
    CHECK(wake == Wake::stopped);
    wake = co_await loop.sleep_until(kNever, child);
    CHECK(wake == Wake::stopped);
    const Stop late(parent);
    CHECK(late.is_requested());
}

Task<> notify_twice(Loop& loop) {
    Notice notice;
    Stop stop;
    notice.notify();
    notice.notify();
    Wake wake = co_await loop.wait(notice, kNever, stop);
    CHECK(wake == Wake::ready);
    wake = co_await loop.wait(notice, loop.now() + 1s, stop);
    CHECK(wake == Wake::timeout);
}

Task<> wait_readable(Loop& loop, int fd, Wake& wake) {
    Stop stop;
    wake = co_await loop.wait_fd(fd, Readiness::readable, kNever, stop);
}

Task<> wake_two_readers(Loop& loop) {
    const Pipe pipe;
    Stop stop;
    Wake wake = co_await loop.wait_fd(pipe.read.number(), Readiness::readable, loop.now(), stop);
    CHECK(wake == Wake::timeout);

    Wake first = Wake::stopped;
    Wake second = Wake::stopped;
    Scope scope(loop);
    scope.spawn(wait_readable(loop, pipe.read.number(), first));
    scope.spawn(wait_readable(loop, pipe.read.number(), second));
    co_await loop.yield();
    pipe.fill_one();
    co_await scope.join();
    CHECK(first == Wake::ready);
    CHECK(second == Wake::ready);

    // Unread bytes make it ready again, although epoll is edge-triggered.
    wake = co_await loop.wait_fd(pipe.read.number(), Readiness::readable, kNever, stop);
    CHECK(wake == Wake::ready);
    wake = co_await loop.wait_fd(pipe.write.number(), Readiness::both, kNever, stop);
    CHECK(wake == Wake::ready);
    loop.forget(pipe.read.number());
    loop.forget(pipe.write.number());
}

Task<> reuse_a_number(Loop& loop) {
    Stop stop;
    for (int i = 0; i < 3; ++i) {
        const Pipe pipe;
        pipe.fill_one();
        const Wake wake =
            co_await loop.wait_fd(pipe.read.number(), Readiness::readable, kNever, stop);
        CHECK(wake == Wake::ready);
        loop.forget(pipe.read.number());
    }
}

Task<> wait_for_a_file(Loop& loop) {
    const Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    Stop stop;
    const Wake wake = co_await loop.wait_fd(file.number(), Readiness::readable, kNever, stop);
    CHECK(wake == Wake::ready);
    loop.forget(file.number());
}

Task<> wait_for_either(Loop& loop) {
    const Pipe pipe;
    const int fd = pipe.read.number();
    Notice notice;
    Stop stop;
    notice.notify();
    Wake wake = co_await loop.wait_fd_or(fd, Readiness::readable, notice, kNever, stop);
    CHECK(wake == Wake::notified);
    wake = co_await loop.wait_fd_or(fd, Readiness::readable, notice, loop.now(), stop);
    CHECK(wake == Wake::timeout);
    pipe.fill_one();
    wake = co_await loop.wait_fd_or(fd, Readiness::readable, notice, kNever, stop);
    CHECK(wake == Wake::ready);
    loop.forget(fd);
}

Task<> throw_soon(Loop& loop) {
    co_await loop.yield();
    throw std::runtime_error("thrown in a task");
}

Task<> join_a_thrower(Loop& loop) {
    Scope scope(loop);
    scope.spawn(throw_soon(loop));
    co_await scope.join();
}

Task<> work_elsewhere(Loop& loop) {
    int value = 0;
    co_await loop.run_blocking([&value] { value = 42; });
    CHECK(value == 42);
}

Task<> take_a_signal(Loop& loop) {
    remuda::loop::Signals signals(loop, {SIGUSR1});
    Stop stop;
    ::kill(::getpid(), SIGUSR1);
    int number = co_await signals.next(stop);
    CHECK(number == SIGUSR1);
    stop.request();
    number = co_await signals.next(stop);
    CHECK(number == 0);
}

}  // namespace

TEST_CASE("with the simulated clock a thousand timers over a quarter of an hour run in order") {
    Loop loop(Loop::ClockKind::simulated);
    std::vector<int> order;
    const Time start = loop.now();
    loop.run(run_sleepers(loop, order));
    CHECK(order.size() == 1000);
    CHECK(std::is_sorted(order.begin(), order.end()));
    CHECK(loop.now() - start == 999s);
}

TEST_CASE("a stop wakes those who wait with it or with a child of it, now and later") {
    Loop loop(Loop::ClockKind::simulated);
    loop.run(stop_a_tree(loop));
}

TEST_CASE("a notification that nobody waited for is kept once") {
    Loop loop(Loop::ClockKind::simulated);
    loop.run(notify_twice(loop));
}

TEST_CASE("bytes in a pipe wake every task that waits for them") {
    Loop loop;
    loop.run(wake_two_readers(loop));
}

TEST_CASE("a descriptor number that is used again after forget works") {
    Loop loop;
    loop.run(reuse_a_number(loop));
}

TEST_CASE("a regular file is always ready") {
    Loop loop;
    loop.run(wait_for_a_file(loop));
}

TEST_CASE("a wait for a descriptor or a notice ends with either") {
    Loop loop;
    loop.run(wait_for_either(loop));
}

TEST_CASE("an exception in a task comes out of join") {
    Loop loop;
    CHECK_THROWS_WITH(loop.run(join_a_thrower(loop)), "thrown in a task");
}

TEST_CASE("blocking work runs elsewhere and its result comes back, with either clock") {
    Loop loop;
    loop.run(work_elsewhere(loop));
    Loop simulated(Loop::ClockKind::simulated);
    simulated.run(work_elsewhere(simulated));
}

namespace {

struct SlowWork {
    std::mutex mutex;
    std::condition_variable released;
    bool is_released = false;
};

// The work ends only after the timer has fired.
Task<> sleep_beside_work(Loop& loop) {
    const auto work = std::make_shared<SlowWork>();
    Notice done;
    loop.start_blocking(
        [work] {
            std::unique_lock lock(work->mutex);
            work->released.wait(lock, [&] { return work->is_released; });
        },
        [&done] { done.notify(); });
    Stop stop;
    const Wake wake = co_await loop.sleep_until(loop.now() + 1ms, stop);
    CHECK(wake == Wake::timeout);
    {
        const std::scoped_lock lock(work->mutex);
        work->is_released = true;
    }
    work->released.notify_one();
    co_await loop.wait(done, kNever, stop);
}

}  // namespace

TEST_CASE("timers fire while blocking work is under way") {
    Loop loop;
    loop.run(sleep_beside_work(loop));
}

TEST_CASE("a signal arrives as a value") {
    Loop loop;
    loop.run(take_a_signal(loop));
}
