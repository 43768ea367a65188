// SPDX-License-Identifier: MIT
#include "remuda/loop/loop.h"

#include "loop/wait_list.h"
#include "remuda/base/check.h"

#include <exception>
#include <thread>
#include <unordered_map>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace remuda::loop {

namespace asio = boost::asio;
using detail::Waiter;
using detail::WaiterList;

namespace {

// Both clocks start their life somewhere after zero, so that a Time is never mistaken for "unset".
constexpr Time kSimulatedStart{std::chrono::hours(1)};
// Ready tasks that may run before due timers are looked at again.
constexpr int kTasksBetweenTimers = 64;
// Most work is name lookups, which may hang for long: a few that do must not hold up the others.
constexpr std::size_t kPoolThreads = 16;

template <class Handler>
class PostingResumer final : public detail::Resumer {
  public:
    PostingResumer(asio::io_context& context, Handler handler)
        : context_(context), handler_(std::move(handler)) {}
    void post() override { asio::post(context_, std::move(handler_)); }

  private:
    asio::io_context& context_;
    Handler handler_;
};

// A descriptor that was waited on, registered with epoll once. Each direction has at most one Asio
// wait under way, which serves all tasks that wait for it; a wait that outlives its tasks is
// harmless.
struct Descriptor : std::enable_shared_from_this<Descriptor> {
    struct Direction {
        asio::posix::descriptor_base::wait_type type;
        WaiterList waiters{};
        bool is_armed = false;
    };

    explicit Descriptor(asio::io_context& context) : descriptor(context) {}

    void arm(Direction& direction) {
        if (direction.is_armed) return;
        direction.is_armed = true;
        descriptor.async_wait(direction.type, [self = shared_from_this(),
                                               &direction](boost::system::error_code /*error*/) {
            direction.is_armed = false;
            direction.waiters.wake_all(Wake::ready);
        });
    }

    asio::posix::stream_descriptor descriptor;
    Direction read{asio::posix::descriptor_base::wait_read};
    Direction write{asio::posix::descriptor_base::wait_write};
    // Regular files: epoll refuses them, they are always ready.
    bool is_always_ready = false;
};

}  // namespace

struct Loop::Impl {
    explicit Impl(ClockKind clock_kind) : kind(clock_kind) {}

    ClockKind kind;
    Time simulated_now = kSimulatedStart;
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    detail::TimerQueue timers;
    std::unordered_map<int, std::shared_ptr<Descriptor>> descriptors;
    // Made on first use: most runs need no threads.
    std::unique_ptr<asio::thread_pool> pool;
    std::size_t blocking_calls = 0;
    bool main_is_done = false;

    [[nodiscard]] Time now() const {
        return kind == ClockKind::real
                   ? std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now())
                   : simulated_now;
    }

    void set_timer(Waiter& waiter, Time deadline) {
        if (deadline == kNever) return;
        waiter.timer = timers.emplace(deadline, &waiter);
        waiter.timers = &timers;
    }

    bool fire_due_timers() {
        const Time time = now();
        bool fired = false;
        while (!timers.empty() && timers.begin()->first <= time) {
            timers.begin()->second->wake(Wake::timeout);
            fired = true;
        }
        return fired;
    }

    // Runs what is ready, or waits for something to become ready. Timers fire only when nothing
    // else is ready, so that after a pause of the whole process bytes that had arrived in time are
    // seen before their deadline is judged.
    void turn() {
        for (int i = 0; i < kTasksBetweenTimers; ++i) {
            if (context.poll_one() == 0) break;
            if (i + 1 < kTasksBetweenTimers) continue;
            fire_due_timers();
            return;
        }
        if (main_is_done || fire_due_timers()) return;
        // Blocking work is real and takes no simulated time.
        const bool may_jump = kind == ClockKind::simulated && blocking_calls == 0;
        if (!timers.empty() && may_jump) {
            simulated_now = timers.begin()->first;
        } else if (!timers.empty() && kind == ClockKind::real) {
            context.run_one_until(timers.begin()->first);
        } else {
            context.run_one();
        }
    }

    std::shared_ptr<Descriptor>& descriptor_of(int fd) {
        std::shared_ptr<Descriptor>& entry = descriptors[fd];
        if (!entry) {
            entry = std::make_shared<Descriptor>(context);
            boost::system::error_code error;
            entry->is_always_ready = static_cast<bool>(entry->descriptor.assign(fd, error));
        }
        return entry;
    }

    static void wait_for(Waiter& waiter, const std::shared_ptr<Descriptor>& entry,
                         Readiness readiness) {
        if (readiness != Readiness::writable) {
            entry->read.waiters.add(waiter);
            entry->arm(entry->read);
        }
        if (readiness != Readiness::readable) {
            entry->write.waiters.add(waiter);
            entry->arm(entry->write);
        }
    }

    // The handler is kept in the waiter, which outlives the wait.
    auto suspend(Waiter& waiter) {
        auto initiate = [this, &waiter](auto handler) {
            using Handler = decltype(handler);
            waiter.resumer = std::make_unique<PostingResumer<Handler>>(context, std::move(handler));
            // What came between entering the lists and suspending.
            if (waiter.is_done) waiter.resumer->post();
        };
        return asio::async_initiate<const asio::use_awaitable_t<>&, void()>(initiate,
                                                                            asio::use_awaitable);
    }

    // Until the first of these. `entry` and `notice` may be absent.
    Task<Wake> wait_any(std::shared_ptr<Descriptor> entry, Readiness readiness, Notice* notice,
                        Time deadline, Stop& stop) {
        if (stop.requested_) co_return Wake::stopped;
        // Beside a descriptor the two are told apart.
        const Wake noticed = entry ? Wake::notified : Wake::ready;
        if (notice != nullptr && std::exchange(notice->pending_, false)) co_return noticed;
        if (entry && entry->is_always_ready) {
            co_await asio::post(context, asio::use_awaitable);
            co_return Wake::ready;
        }
        Waiter waiter;
        stop.waiters_->add(waiter);
        if (notice != nullptr) notice->waiters_->add(waiter);
        set_timer(waiter, deadline);
        if (entry) wait_for(waiter, entry, readiness);
        co_await suspend(waiter);
        co_return waiter.why == Wake::notified ? noticed : waiter.why;
    }
};

Loop::Loop(ClockKind kind) : impl_(std::make_unique<Impl>(kind)) {}

Loop::~Loop() {
    for (auto& [fd, entry] : impl_->descriptors) {
        if (!entry->is_always_ready) entry->descriptor.release();
    }
}

Time Loop::now() const {
    return impl_->now();
}

void Loop::run(Task<> main) {
    impl_->main_is_done = false;
    std::exception_ptr failure;
    asio::co_spawn(impl_->context, std::move(main), [&](std::exception_ptr exception) {
        impl_->main_is_done = true;
        failure = std::move(exception);
    });
    while (!impl_->main_is_done)
        impl_->turn();
    if (failure) std::rethrow_exception(failure);
}

Task<Wake> Loop::sleep_until(Time deadline, Stop& stop) {
    return impl_->wait_any(nullptr, Readiness::readable, nullptr, deadline, stop);
}

Task<Wake> Loop::wait_fd(int fd, Readiness readiness, Time deadline, Stop& stop) {
    return impl_->wait_any(impl_->descriptor_of(fd), readiness, nullptr, deadline, stop);
}

Task<Wake> Loop::wait_fd_or(int fd, Readiness readiness, Notice& notice, Time deadline,
                            Stop& stop) {
    return impl_->wait_any(impl_->descriptor_of(fd), readiness, &notice, deadline, stop);
}

Task<Wake> Loop::wait(Notice& notice, Time deadline, Stop& stop) {
    return impl_->wait_any(nullptr, Readiness::readable, &notice, deadline, stop);
}

Task<> Loop::yield() {
    co_await asio::post(impl_->context, asio::use_awaitable);
}

Task<> Loop::run_blocking(std::function<void()> work) {
    Waiter waiter;
    start_blocking(std::move(work), [&waiter] { waiter.wake(Wake::ready); });
    co_await impl_->suspend(waiter);
}

void Loop::start_blocking(std::function<void()> work, std::function<void()> done) {
    if (!impl_->pool) impl_->pool = std::make_unique<asio::thread_pool>(kPoolThreads);
    ++impl_->blocking_calls;
    auto finish = [impl = impl_.get(), done = std::move(done)] {
        --impl->blocking_calls;
        done();
    };
    asio::post(*impl_->pool, [this, work = std::move(work), finish = std::move(finish)]() mutable {
        work();
        post(std::move(finish));
    });
}

void Loop::post(std::function<void()> call) {
    asio::post(impl_->context, std::move(call));
}

void Loop::forget(int fd) {
    const auto found = impl_->descriptors.find(fd);
    if (found == impl_->descriptors.end()) return;
    const std::shared_ptr<Descriptor> entry = std::move(found->second);
    impl_->descriptors.erase(found);
    if (entry->is_always_ready) return;
    entry->read.waiters.wake_all(Wake::ready);
    entry->write.waiters.wake_all(Wake::ready);
    entry->descriptor.release();
}

struct Scope::Impl {
    explicit Impl(Loop& owner) : loop(owner) {}

    Loop& loop;
    std::size_t running = 0;
    std::exception_ptr failure;
    Notice one_returned;
};

Scope::Scope(Loop& loop) : impl_(std::make_unique<Impl>(loop)) {}

Scope::~Scope() {
    // While an exception unwinds the loop nobody can join any more.
    REMUDA_CHECK(impl_->running == 0 || std::uncaught_exceptions() > 0);
}

void Scope::spawn(Task<> task) {
    ++impl_->running;
    asio::co_spawn(impl_->loop.impl_->context, std::move(task),
                   [impl = impl_.get()](const std::exception_ptr& exception) {
                       --impl->running;
                       if (exception && !impl->failure) impl->failure = exception;
                       if (impl->running == 0) impl->one_returned.notify();
                   });
}

Task<> Scope::join() {
    Stop never;
    while (impl_->running > 0) {
        co_await impl_->loop.wait(impl_->one_returned, kNever, never);
    }
    if (impl_->failure) std::rethrow_exception(std::exchange(impl_->failure, nullptr));
}

std::size_t Scope::running() const {
    return impl_->running;
}

}  // namespace remuda::loop
