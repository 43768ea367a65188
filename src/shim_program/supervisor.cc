// SPDX-License-Identifier: MIT
#include "shim_program/supervisor.h"

#include "shim_program/hand_over.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace remuda::shim::program {

namespace {

constexpr int kMostEvents = 256;
constexpr int kSerialBits = 56;
constexpr int kRetryMs = 1000;
constexpr std::uint64_t kFirstFrontUs = 10'000'000;

std::uint64_t token(std::uint64_t what, std::uint64_t serial) {
    return what << kSerialBits | serial;
}

}  // namespace

int run_supervisor(const Settings& settings, int nanny_socket, HeldJobs held) {
    // Never destroyed: what it holds belongs to jobs, and ends with the process.
    auto* supervisor = new Supervisor(settings, Fd(nanny_socket), std::move(held));
    if (!supervisor->open()) return 1;
    supervisor->run();
    return 0;
}

Supervisor::Supervisor(const Settings& settings, Fd nanny, HeldJobs held)
    : settings_(settings),
      boot_(boot_id()),
      machine_(machine_name()),
      host_name_(host_name()),
      nanny_(std::move(nanny)),
      nanny_pid_(::getppid()),
      held_(std::move(held)) {}

bool Supervisor::open() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct sigaction ignored{};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignored, nullptr);
    ::sigaction(SIGXFSZ, &ignored, nullptr);
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &child, nullptr);
    children_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
    epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
    out_folder_.reset(::openat(settings_.folder, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!children_ || !epoll_ || !null_ || !out_folder_ || !set_nonblocking(nanny_.number())) {
        return false;
    }
    if (!replay() || !syncer_.start(journal_.fd(), out_folder_.number())) return false;
    watch(children_.number(), Watch::children, 0, EPOLLIN);
    watch(nanny_.number(), Watch::nanny, 0, EPOLLIN);
    if (!listen()) return false;
    if (settings_.ready >= 0) ::close(settings_.ready);
    idle_since_us_ = now_us();
    return true;
}

bool Supervisor::listen() {
    fronts_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::unlinkat(settings_.folder, kSocketName, 0);
    const sockaddr_un address = socket_address(settings_.folder);
    constexpr int backlog = 128;
    if (!fronts_ ||
        ::bind(fronts_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0 ||
        ::fchmodat(settings_.folder, kSocketName, 0600, 0) != 0 ||
        ::listen(fronts_.number(), backlog) != 0) {
        return false;
    }
    watch(fronts_.number(), Watch::fronts, 0, EPOLLIN);
    return true;
}

void Supervisor::run() {
    while (!has_left_)
        turn();
}

void Supervisor::turn() {
    epoll_event events[kMostEvents];
    const int count = ::epoll_wait(epoll_.number(), events, kMostEvents, wait_ms());
    for (int i = 0; i < count; ++i) {
        const std::uint64_t data = events[i].data.u64;
        dispatch(static_cast<Watch>(data >> kSerialBits),
                 data & ((std::uint64_t{1} << kSerialBits) - 1), events[i].events);
    }
    run_timers();
    start_waiting();
    send_signals();
    look_for_rest();
    journal_.flush();
    hand_to_nanny();
    send_out();
    if (journal_.take_unsynced()) syncer_.wake();
    compact();
    if (!is_idle()) {
        idle_since_us_ = 0;
    } else if (idle_since_us_ == 0) {
        idle_since_us_ = now_us();
    } else if (now_us() - idle_since_us_ >= linger_us()) {
        has_left_ = try_leave();
    }
}

std::uint64_t Supervisor::linger_us() const {
    // The front that started us is on its way.
    return has_served_ ? settings_.linger_us : std::max(settings_.linger_us, kFirstFrontUs);
}

bool Supervisor::is_idle() const {
    return connections_.empty() && running_count_ == 0 && waiting_.empty();
}

int Supervisor::wait_ms() const {
    if (!waiting_.empty() || !signals_.empty() || has_more_to_send_) return 0;
    std::uint64_t next = UINT64_MAX;
    if (!timers_.empty()) next = timers_.begin()->first;
    if (!ending_.empty()) next = std::min(next, next_look_us_);
    if (!to_hand_.empty()) next = std::min(next, now_us() + kUsPerMs);
    if (idle_since_us_ != 0) next = std::min(next, idle_since_us_ + linger_us());
    if (facts_.is_running()) next = std::min(next, facts_.deadline_us());
    const std::uint64_t now = now_us();
    if (next <= now) return 0;
    const std::uint64_t wait = next == UINT64_MAX ? INT32_MAX : (next - now) / kUsPerMs + 1;
    const bool has_more_to_write = !const_cast<Journal&>(journal_).pending().empty();
    return static_cast<int>(
        std::min<std::uint64_t>(wait, has_more_to_write ? kRetryMs : INT32_MAX));
}

bool Supervisor::try_leave() {
    // Whoever finds no socket starts another one, which waits for our lock; whoever has come before
    // is served.
    ::unlinkat(settings_.folder, kSocketName, 0);
    accept_front();
    if (!connections_.empty()) {
        listen();
        return false;
    }
    journal_.flush();
    ::fdatasync(journal_.fd());
    syncer_.remove_all();
    return true;
}

void Supervisor::dispatch(Watch what, std::uint64_t serial, std::uint32_t events) {
    switch (what) {
        case Watch::fronts:
            accept_front();
            return;
        case Watch::children:
            reap();
            return;
        case Watch::nanny:
            hear_nanny(false);
            return;
        case Watch::facts:
            if (facts_.is_running() && facts_.read()) answer_facts();
            return;
        case Watch::control:
        case Watch::channel_in:
        case Watch::channel_out: {
            Connection* connection = connection_by_serial(serial);
            if (connection == nullptr || connection->is_broken) return;
            if (what == Watch::control) {
                greet_front(*connection);
            } else if (what == Watch::channel_in) {
                const bool is_gone = (events & (EPOLLERR | EPOLLHUP)) != 0;
                if (is_gone && (!connection->is_reading || connection->is_closing)) {
                    connection->is_broken = true;
                } else {
                    read_channel(*connection);
                }
            } else if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (events & EPOLLOUT) == 0) {
                connection->is_broken = true;
            } else if (connection->waits_to_write) {
                connection->waits_to_write = false;
                rewatch(connection->out.number(), Watch::channel_out, serial, 0);
            }
            return;
        }
        case Watch::output:
        case Watch::errors:
        case Watch::input:
        case Watch::process:
        case Watch::ahead: {
            Job* job = job_by_serial(serial);
            if (job == nullptr) return;
            if (what == Watch::process) {
                on_foreign_end(*job);
            } else if (what == Watch::ahead) {
                hear_ahead_of(*job);
            } else if (what == Watch::input) {
                write_input(*job);
            } else {
                read_stream(*job, what == Watch::output ? 0 : 1);
                try_finish(*job);
            }
            return;
        }
    }
}

void Supervisor::accept_front() {
    for (;;) {
        Fd control(::accept4(fronts_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!control) return;
        const std::uint64_t serial = next_serial_++;
        auto connection = std::make_unique<Connection>();
        connection->serial = serial;
        connection->control = std::move(control);
        watch(connection->control.number(), Watch::control, serial, EPOLLIN);
        connections_.emplace(serial, std::move(connection));
        has_served_ = true;
    }
}

void Supervisor::watch(int fd, Watch what, std::uint64_t serial, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = token(static_cast<std::uint64_t>(what), serial);
    ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, fd, &event);
}

void Supervisor::rewatch(int fd, Watch what, std::uint64_t serial, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = token(static_cast<std::uint64_t>(what), serial);
    ::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, fd, &event);
}

void Supervisor::unwatch(int fd) {
    ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, fd, nullptr);
}

void Supervisor::set_timer(Job& job, std::uint64_t at) {
    if (job.timer_us != 0) timers_.erase({job.timer_us, job.serial});
    job.timer_us = at;
    if (at != 0) timers_.emplace(at, job.serial);
}

void Supervisor::run_timers() {
    const bool has_deadline = !timers_.empty() || facts_.is_running();
    if (!has_deadline) return;
    const std::uint64_t now = now_us();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        Job* job = job_by_serial(timers_.begin()->second);
        if (job == nullptr) {
            timers_.erase(timers_.begin());
            continue;
        }
        set_timer(*job, 0);
        on_timer(*job);
    }
    if (facts_.is_running() && facts_.deadline_us() <= now) {
        facts_.stop();
        answer_facts();
    }
}

Job& Supervisor::add_job() {
    const std::uint64_t serial = next_serial_++;
    auto& job = jobs_[serial];
    job = std::make_unique<Job>();
    job->serial = serial;
    return *job;
}

Job* Supervisor::job_by_serial(std::uint64_t serial) const {
    const auto found = jobs_.find(serial);
    return found == jobs_.end() ? nullptr : found->second.get();
}

Job* Supervisor::job_by_key(std::string_view key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : found->second;
}

Connection* Supervisor::connection_by_serial(std::uint64_t serial) const {
    const auto found = connections_.find(serial);
    return found == connections_.end() ? nullptr : found->second.get();
}

}  // namespace remuda::shim::program
