// SPDX-License-Identifier: MIT
//
// Tunnel: a connection that a server makes for us (direct-tcpip), pumped between its channel and
// one end of a socketpair, whose other end is handed out. A passive state machine: `step` does
// whatever can be done without waiting.
//
// Bounds: what the target sends before we read it, the channel's window (see Window); 32 KiB in
// each direction between channel and socketpair; and what the kernel keeps in the socketpair (about
// 200 KiB each way). Whoever does not read makes the other side wait: only that tunnel.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "ssh/session.h"
#include "ssh/window.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include <libssh2.h>

namespace remuda::ssh {

class Tunnel {
  public:
    /// What the server is to connect to, as it resolves names.
    struct Target {
        std::string host;
        std::uint16_t port = 22;
    };

    Tunnel(Target target, Window::Spare spare_window)
        : target_(std::move(target)), window_(std::move(spare_window)) {}
    Tunnel(const Tunnel&) = delete;
    Tunnel& operator=(const Tunnel&) = delete;

    // For who uses it.

    /// Notified when it is no longer opening.
    [[nodiscard]] loop::Notice& answered() { return answered_; }
    [[nodiscard]] bool is_opening() const { return !is_answered_; }
    /// Why it could not be opened, or was cut; absent while all is well.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
    /// The failure is that of the connection that carried it.
    [[nodiscard]] bool was_cut() const { return state_ == State::broken; }
    /// The end that is handed out, non-blocking. Once, after it was opened.
    [[nodiscard]] Fd take_near_end() { return std::move(near_); }
    /// Nobody uses it any more: it closes, after what was written to it has been sent as far as
    /// that needs no waiting.
    void drop();

    // For the connection that carries it.

    enum class State {
        /// The request has not been sent: once a step was made it must be sent before that of any
        /// other tunnel is begun, since libssh2 keeps half of it.
        waiting,
        /// The server has not answered. A tunnel that was dropped stays here until it has: libssh2
        /// cannot take a request back.
        opening,
        open,
        /// The server's close is awaited.
        closing,
        done,
        /// The session is broken.
        broken,
    };
    State step(Session& session, std::span<char> scratch, Time now);
    [[nodiscard]] State state() const { return state_; }
    /// It was cut, for `reason`; no step comes any more.
    void cut(const Error& reason);
    /// The far end of the socketpair is readable, writable, or both.
    void note_ready() { may_read_ = may_write_ = true; }
    /// -1 unless it is open.
    [[nodiscard]] int far_end() const { return far_.number(); }
    [[nodiscard]] bool was_dropped() const { return is_dropped_; }
    /// Bytes wait for room in the session's out buffer.
    [[nodiscard]] bool is_held_back() const { return is_held_back_; }
    /// Called when the user's side wants a step.
    std::function<void()> on_poke;

    /// Nothing more is put into a session's out buffer beyond this.
    static constexpr std::size_t kMostOutgoingBytes = std::size_t{256} * 1024;

  private:
    State step_waiting(Session& session);
    State step_opening(Session& session);
    State step_open(Session& session, std::span<char> scratch);
    State step_closing();
    // False: the session is broken.
    [[nodiscard]] bool carry_to_local(std::span<char> scratch);
    [[nodiscard]] bool carry_to_target(Session& session, std::span<char> scratch);
    [[nodiscard]] bool fill_to_target(std::span<char> scratch);
    void write_to_local(std::string_view bytes);
    Result<void> make_ends();
    void answer();

    // Set once.
    const Target target_;

    // Loop thread only.
    State state_ = State::waiting;
    LIBSSH2_CHANNEL* raw_ = nullptr;
    Window window_;
    // When the request was begun.
    Time asked_at_;
    // Of what the target sent, since all of it was last read.
    std::size_t read_bytes_ = 0;
    Fd near_;
    Fd far_;
    bool has_begun_ = false;
    bool may_read_ = true;
    bool may_write_ = true;
    // Bytes on their way. `to_target_` stays where it is until libssh2
    // has taken it: during a key exchange it wants the same buffer again.
    std::string to_target_;
    std::size_t to_target_sent_ = 0;
    std::string to_local_;
    bool is_local_ended_ = false;
    bool is_local_gone_ = false;
    bool has_sent_end_ = false;
    bool has_target_ended_ = false;
    bool is_held_back_ = false;
    bool is_dropped_ = false;
    bool is_answered_ = false;
    std::optional<Error> failure_;
    loop::Notice answered_;
};

}  // namespace remuda::ssh
