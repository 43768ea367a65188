// SPDX-License-Identifier: MIT
//
// Loop: one thread, one event loop, coroutines as tasks.
//
// What is here: waiting for a descriptor, a deadline or a Signal, always with a Stop; a Scope that
// joins the tasks spawned in it; work for a thread pool that comes back as a value. Boost.Asio is
// an inner matter: callers see no token, timer or socket of it, and cancelling never throws. With a
// simulated clock the loop jumps to the next deadline whenever nothing else can run, so an hour of
// timers takes milliseconds.
//
// Everything belongs to the thread that calls `run`, but for what says "any thread".
#pragma once

#include "remuda/base/clock.h"
#include "remuda/loop/task.h"

#include <cstddef>
#include <functional>
#include <memory>

namespace remuda::loop {

/// Why a wait ended. `notified` is for `wait_fd_or` alone: by its notice.
enum class Wake { ready, notified, timeout, stopped };

enum class Readiness { readable, writable, both };

class Loop;

namespace detail {
struct Waiter;
class WaiterList;
}  // namespace detail

/// Tells tasks to end. Cooperative: every wait that was given the Stop returns Wake::stopped, now
/// and ever after. May have a parent, whose stopping stops it too. The parent outlives it.
class Stop {
  public:
    Stop();
    explicit Stop(Stop& parent);
    ~Stop();
    Stop(const Stop&) = delete;
    Stop& operator=(const Stop&) = delete;

    void request();
    [[nodiscard]] bool is_requested() const { return requested_; }

  private:
    friend class Loop;
    bool requested_ = false;
    Stop* parent_ = nullptr;
    std::unique_ptr<detail::WaiterList> waiters_;
    struct Children;
    std::unique_ptr<Children> children_;
};

/// A condition that tasks can wait for. `notify` wakes all who wait now; without waiters it is kept
/// for the next one (an auto-reset event), so a wake-up is never lost.
class Notice {
  public:
    Notice();
    ~Notice();
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;
    void notify();

  private:
    friend class Loop;
    bool pending_ = false;
    std::unique_ptr<detail::WaiterList> waiters_;
};

class Loop {
  public:
    enum class ClockKind { real, simulated };

    explicit Loop(ClockKind kind = ClockKind::real);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] Time now() const;

    /// Runs until `main` returns; then everything it spawned has been joined by its scopes.
    /// Rethrows what `main` throws.
    void run(Task<> main);

    /// Until `deadline`, or `stop`.
    Task<Wake> sleep_until(Time deadline, Stop& stop);
    /// Until `fd` is readable or writable, as asked. `fd` stays the caller's; several tasks may
    /// wait on the same one, for the same direction too. Regular files are always ready.
    Task<Wake> wait_fd(int fd, Readiness readiness, Time deadline, Stop& stop);
    /// Until `fd` is ready as asked or `notice` is notified. What has happened already is told
    /// first: that of `notice`, and that it is so for `fd` by the next wait.
    Task<Wake> wait_fd_or(int fd, Readiness readiness, Notice& notice, Time deadline, Stop& stop);
    /// Until `notice` is notified.
    Task<Wake> wait(Notice& notice, Time deadline, Stop& stop);
    /// Lets every other ready task run once.
    Task<> yield();

    /// Runs `work` on a small pool of threads and returns when it has ended. What it captures must
    /// stay alive until then. `work` does not throw.
    Task<> run_blocking(std::function<void()> work);

    /// Runs `work` on the pool and then `done` on the loop's thread, without waiting. For work that
    /// may outlast the interest in it: it owns what it uses (a shared_ptr). The loop's destructor
    /// waits for it.
    void start_blocking(std::function<void()> work, std::function<void()> done);

    /// Runs `call` soon on the loop's thread. Any thread.
    void post(std::function<void()> call);

    /// Forgets what the loop knows of `fd`: call before closing a descriptor that was waited on.
    void forget(int fd);

  private:
    friend class Scope;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Owns tasks and joins them. `join` must have returned before the Scope is destroyed.
class Scope {
  public:
    explicit Scope(Loop& loop);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    /// Starts `task`, at the next turn of the loop. An exception of it is kept and rethrown by
    /// `join`.
    void spawn(Task<> task);
    /// Waits until all tasks have returned. Does not stop them: request a Stop first.
    Task<> join();
    [[nodiscard]] std::size_t running() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::loop
