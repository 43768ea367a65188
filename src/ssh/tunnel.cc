// SPDX-License-Identifier: MIT
#include "ssh/tunnel.h"

#include "remuda/base/text.h"
#include "ssh/wire.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/core.h>

#include <sys/socket.h>

namespace remuda::ssh {

namespace {

// As for commands: the throughput is bound by this over the round trip to the jump host.
constexpr unsigned kPacketBytes = 32 * 1024;
constexpr std::string_view kType = "direct-tcpip";

bool would_block(int errno_value) {
    return errno_value == EAGAIN || errno_value == EWOULDBLOCK || errno_value == EINTR;
}

}  // namespace

void Tunnel::drop() {
    is_dropped_ = true;
    // What was written last is worth a look.
    may_read_ = true;
    if (on_poke) on_poke();
}

void Tunnel::cut(const Error& reason) {
    // First the reason, then the end of the stream, which makes people look for it.
    if (!failure_) failure_ = reason;
    far_.reset();
    state_ = State::broken;
    on_poke = nullptr;
    answer();
}

void Tunnel::answer() {
    is_answered_ = true;
    answered_.notify();
}

Tunnel::State Tunnel::step(Session& session, std::span<char> scratch, Time now) {
    for (;;) {
        const State before = state_;
        switch (state_) {
            case State::waiting:
                state_ = step_waiting(session);
                break;
            case State::opening:
                state_ = step_opening(session);
                break;
            case State::open:
                state_ = step_open(session, scratch);
                break;
            case State::closing:
                state_ = step_closing();
                break;
            case State::done:
            case State::broken:
                break;
        }
        if (state_ == before) return state_;
        if (before == State::waiting) asked_at_ = now;
        if (before == State::opening) window_.opened_after(now - asked_at_);
    }
}

Tunnel::State Tunnel::step_waiting(Session& session) {
    if (is_dropped_ && !has_begun_) return State::done;
    has_begun_ = true;
    // RFC 4254, 7.2. Where the connection comes from is for the server's log alone.
    const std::string message =
        WireWriter().string(target_.host).u32(target_.port).string("127.0.0.1").u32(0).take();
    raw_ = libssh2_channel_open_begin(
        session.raw(), kType.data(), static_cast<unsigned>(kType.size()), Window::kFirstBytes,
        kPacketBytes, message.data(), static_cast<unsigned>(message.size()));
    if (raw_ != nullptr) return State::opening;
    const int rc = libssh2_session_last_errno(session.raw());
    return rc == LIBSSH2_ERROR_EAGAIN ? State::waiting : State::broken;
}

Tunnel::State Tunnel::step_opening(Session& session) {
    const int rc = libssh2_channel_open_finish(raw_);
    if (rc == LIBSSH2_ERROR_EAGAIN) return State::opening;
    if (rc == LIBSSH2_ERROR_CHANNEL_FAILURE) {
        raw_ = nullptr;
        char* text = nullptr;
        libssh2_session_last_error(session.raw(), &text, nullptr, 0);
        const std::string said = sanitised(text == nullptr ? "" : text, false);
        failure_ = Error(Code::unreachable, fmt::format("no connection to {} port {}: {}",
                                                        target_.host, target_.port, said));
        answer();
        return State::done;
    }
    if (rc != 0) return State::broken;
    if (is_dropped_) return State::closing;
    if (auto made = make_ends(); !made) {
        failure_ = made.error();
        answer();
        return State::closing;
    }
    answer();
    return State::open;
}

Result<void> Tunnel::make_ends() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return sys_error("cannot make a socketpair");
    }
    near_.reset(ends[0]);
    far_.reset(ends[1]);
    return {};
}

Tunnel::State Tunnel::step_open(Session& session, std::span<char> scratch) {
    if (!carry_to_local(scratch)) return State::broken;
    // A closed channel takes nothing more.
    const bool is_closed = has_target_ended_ && libssh2_channel_wait_closed(raw_) == 0;
    if (!is_closed && !carry_to_target(session, scratch)) return State::broken;
    const bool is_over = has_target_ended_ && (is_closed || has_sent_end_);
    if (!is_over && !is_dropped_) return State::open;
    far_.reset();
    return State::closing;
}

void Tunnel::write_to_local(std::string_view bytes) {
    while (!bytes.empty() && may_write_) {
        const ssize_t n = ::send(far_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (would_block(errno)) {
            may_write_ = false;
        } else {
            // Nobody reads any more: what comes is thrown away, so that the channel goes on.
            is_local_gone_ = true;
            bytes = {};
        }
    }
    to_local_ = bytes;
}

bool Tunnel::carry_to_local(std::span<char> scratch) {
    while (!has_target_ended_) {
        if (!to_local_.empty() && may_write_) write_to_local(std::exchange(to_local_, {}));
        if (!to_local_.empty()) return true;
        const std::size_t most = std::min<std::size_t>(scratch.size(), kPacketBytes);
        const ssize_t n = libssh2_channel_read_ex(raw_, 0, scratch.data(), most);
        if (n > 0) {
            read_bytes_ += static_cast<std::size_t>(n);
            if (!is_local_gone_) write_to_local({scratch.data(), static_cast<std::size_t>(n)});
            continue;
        }
        if (n < 0 && n != LIBSSH2_ERROR_EAGAIN) return false;
        window_.has_read(std::exchange(read_bytes_, 0));
        window_.apply_to(raw_);
        if (libssh2_channel_eof(raw_) != 1) return true;
        has_target_ended_ = true;
        ::shutdown(far_.number(), SHUT_WR);
    }
    return true;
}

// Bytes to send, if there are any and none wait already. False: none for now.
bool Tunnel::fill_to_target(std::span<char> scratch) {
    if (to_target_sent_ < to_target_.size()) return true;
    if (is_local_ended_ || !may_read_) return false;
    const std::size_t most = std::min<std::size_t>(scratch.size(), kPacketBytes);
    const ssize_t n = ::recv(far_.number(), scratch.data(), most, 0);
    if (n > 0) {
        to_target_.assign(scratch.data(), static_cast<std::size_t>(n));
        to_target_sent_ = 0;
        return true;
    }
    if (n < 0 && would_block(errno)) {
        may_read_ = false;
    } else {
        is_local_ended_ = true;
    }
    return false;
}

bool Tunnel::carry_to_target(Session& session, std::span<char> scratch) {
    is_held_back_ = false;
    while (!has_sent_end_) {
        if (session.outgoing().size() >= kMostOutgoingBytes) {
            is_held_back_ = true;
            return true;
        }
        if (!fill_to_target(scratch)) {
            if (!is_local_ended_) return true;
            const int rc = libssh2_channel_send_eof(raw_);
            if (rc == LIBSSH2_ERROR_EAGAIN) return true;
            if (rc != 0) return false;
            has_sent_end_ = true;
            return true;
        }
        const ssize_t n = libssh2_channel_write_ex(raw_, 0, to_target_.data() + to_target_sent_,
                                                   to_target_.size() - to_target_sent_);
        if (n == 0 || n == LIBSSH2_ERROR_EAGAIN) return true;
        if (n < 0) return false;
        to_target_sent_ += static_cast<std::size_t>(n);
    }
    return true;
}

Tunnel::State Tunnel::step_closing() {
    const int rc = libssh2_channel_free(raw_);
    if (rc == LIBSSH2_ERROR_EAGAIN) return State::closing;
    raw_ = nullptr;
    return rc == 0 ? State::done : State::broken;
}

}  // namespace remuda::ssh
