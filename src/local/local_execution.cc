// SPDX-License-Identifier: MIT
#include "local/local_execution.h"

#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

namespace remuda::local {

using loop::Stop;
using loop::Task;

namespace {

constexpr std::size_t kPieceBytes = std::size_t{32} * 1024;

// Both ends of a pipe; ours does not block.
Result<void> make_pipe(Fd& ours, Fd& theirs) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return sys_error("cannot make a pipe");
    ours.reset(ends[0]);
    theirs.reset(ends[1]);
    if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return sys_error("cannot set up a pipe");
    return {};
}

std::string signal_name(int number) {
    const char* name = ::sigabbrev_np(number);
    return name == nullptr ? std::to_string(number) : name;
}

int signal_number(const std::string& name) {
    for (int number = 1; number < NSIG; ++number) {
        const char* known = ::sigabbrev_np(number);
        if (known != nullptr && name == known) return number;
    }
    return 0;
}

}  // namespace

LocalExecution::LocalExecution(loop::Loop& loop, const std::string& script,
                               std::shared_ptr<Stop> closing)
    : loop_(loop), closing_(std::move(closing)) {
    Fd out;
    Fd err;
    auto piped = make_pipe(out_.fd, out);
    if (piped) piped = make_pipe(err_.fd, err);
    if (!piped) {
        // Nothing wrong with the command: too many descriptors are open now.
        end_ = transport::Refused{piped.error().text()};
        return;
    }
    loop::ChildSpec spec;
    spec.arguments = {"/bin/sh", "-c", script};
    spec.out = out.number();
    spec.err = err.number();
    auto child = loop::Child::spawn(loop, spec);
    if (!child) {
        end_ = transport::Ended{model::NeverStarted{child.error().text()}};
        return;
    }
    child_ = std::make_unique<loop::Child>(std::move(child).value());
}

LocalExecution::~LocalExecution() {
    close(out_);
    close(err_);
}

void LocalExecution::close(Pipe& pipe) {
    if (!pipe.fd) return;
    loop_.forget(pipe.fd.number());
    pipe.fd.reset();
}

std::string LocalExecution::read(Pipe& pipe) {
    std::string bytes;
    if (!pipe.fd) return bytes;
    bytes.resize(kPieceBytes);
    const ssize_t n = ::read(pipe.fd.number(), bytes.data(), bytes.size());
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) close(pipe);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
}

Task<transport::Happening> LocalExecution::next() {
    if (end_) co_return *end_;
    while (out_.fd || err_.fd) {
        // In turns, so that neither stream starves the other.
        prefers_err_ = !prefers_err_;
        Pipe& first = prefers_err_ ? err_ : out_;
        Pipe& second = prefers_err_ ? out_ : err_;
        for (Pipe* pipe : {&first, &second}) {
            std::string bytes = read(*pipe);
            if (!bytes.empty()) co_return transport::Output{pipe->stream, std::move(bytes)};
        }
        if (!out_.fd && !err_.fd) break;
        const bool goes_on = co_await wait_for_output();
        if (!goes_on) co_return abandon();
    }
    const auto ended = co_await child_->wait(kNever, *closing_);
    if (!ended) co_return abandon();
    if (ended->signal != 0) {
        end_ = transport::Ended{model::Signalled{signal_name(ended->signal)}};
    } else {
        end_ = transport::Ended{model::Exited{ended->exit_code}};
    }
    co_return *end_;
}

namespace {

Task<> notify_when_readable(loop::Loop& loop, int fd, loop::Notice& notice, Stop& stop) {
    const loop::Wake wake = co_await loop.wait_fd(fd, loop::Readiness::readable, kNever, stop);
    if (wake == loop::Wake::ready) notice.notify();
}

}  // namespace

Task<bool> LocalExecution::wait_for_output() {
    Stop stop(*closing_);
    if (!out_.fd || !err_.fd) {
        const int fd = out_.fd ? out_.fd.number() : err_.fd.number();
        co_await loop_.wait_fd(fd, loop::Readiness::readable, kNever, stop);
        co_return !closing_->is_requested();
    }
    loop::Notice ready;
    loop::Scope scope(loop_);
    scope.spawn(notify_when_readable(loop_, err_.fd.number(), ready, stop));
    co_await loop_.wait_fd_or(out_.fd.number(), loop::Readiness::readable, ready, kNever, stop);
    stop.request();
    co_await scope.join();
    co_return !closing_->is_requested();
}

transport::Happening LocalExecution::abandon() {
    child_->signal(SIGKILL);
    end_ = transport::Ended{model::Lost{"killed while it ran, because the run was left"}};
    return *end_;
}

void LocalExecution::signal(const std::string& name) {
    if (child_ && !end_) child_->signal(signal_number(name));
}

}  // namespace remuda::local
