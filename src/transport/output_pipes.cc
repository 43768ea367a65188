// SPDX-License-Identifier: MIT
#include "remuda/transport/output_pipes.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace remuda::transport {

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

Task<> notify_when_readable(loop::Loop& loop, int fd, loop::Notice& notice, Stop& stop) {
    const loop::Wake wake = co_await loop.wait_fd(fd, loop::Readiness::readable, kNever, stop);
    if (wake == loop::Wake::ready) notice.notify();
}

}  // namespace

OutputPipes::~OutputPipes() {
    close(out_);
    close(err_);
}

Result<void> OutputPipes::open(Fd& out, Fd& err) {
    if (auto piped = make_pipe(out_.fd, out); !piped) return piped;
    return make_pipe(err_.fd, err);
}

void OutputPipes::close(Pipe& pipe) {
    if (!pipe.fd) return;
    loop_.forget(pipe.fd.number());
    pipe.fd.reset();
}

std::string OutputPipes::read(Pipe& pipe) {
    std::string bytes;
    if (!pipe.fd) return bytes;
    bytes.resize(kPieceBytes);
    const ssize_t n = ::read(pipe.fd.number(), bytes.data(), bytes.size());
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) close(pipe);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
}

Task<std::optional<Output>> OutputPipes::next(Stop& stop) {
    while (out_.fd || err_.fd) {
        // In turns, so that neither stream starves the other.
        prefers_err_ = !prefers_err_;
        Pipe& first = prefers_err_ ? err_ : out_;
        Pipe& second = prefers_err_ ? out_ : err_;
        for (Pipe* pipe : {&first, &second}) {
            std::string bytes = read(*pipe);
            if (!bytes.empty()) co_return Output{pipe->stream, std::move(bytes)};
        }
        if (!out_.fd && !err_.fd) break;
        co_await wait(stop);
        if (stop.is_requested()) break;
    }
    co_return std::nullopt;
}

Task<> OutputPipes::wait(Stop& stop) {
    if (!out_.fd || !err_.fd) {
        const int fd = out_.fd ? out_.fd.number() : err_.fd.number();
        co_await loop_.wait_fd(fd, loop::Readiness::readable, kNever, stop);
        co_return;
    }
    Stop other(stop);
    loop::Notice ready;
    loop::Scope scope(loop_);
    scope.spawn(notify_when_readable(loop_, err_.fd.number(), ready, other));
    co_await loop_.wait_fd_or(out_.fd.number(), loop::Readiness::readable, ready, kNever, other);
    other.request();
    co_await scope.join();
}

}  // namespace remuda::transport
