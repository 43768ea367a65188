// SPDX-License-Identifier: MIT
//
// Channel: one command on one libssh2 channel, stepped until its end. A passive state machine:
// `step` does whatever can be done without waiting.
#pragma once

#include "remuda/base/clock.h"
#include "ssh/remote_job.h"
#include "ssh/session.h"
#include "ssh/window.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <libssh2.h>

namespace remuda::ssh {

class Channel {
  public:
    enum class State {
        /// The channel is being opened. At most one channel of a session may be in this state.
        opening,
        /// The server is asked to set variables.
        setting,
        /// The server was asked to run the command and has not answered.
        requesting,
        running,
        /// All output came; the close and the status are awaited, then the channel is freed.
        ending,
        /// Ended; the job was told.
        done,
        /// The server refused to open a channel: nothing of the job ran, it was not told.
        refused,
        /// The session is broken; the owner decides what became of the job.
        broken,
    };

    /// A variable that the server is asked to set, and what it said to it the last time.
    struct Variable {
        enum class Answer { unknown, accepted, refused };
        std::string name;
        std::string value;
        Answer answer = Answer::unknown;
    };
    using Environment = std::vector<Variable>;

    /// `session` and `environment` outlive it; all channels of a session share the latter, and
    /// `spare_window`.
    Channel(Session& session, Environment& environment, const Window::Spare& spare_window,
            std::shared_ptr<RemoteJob> job);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Goes on as far as possible. `scratch` is working memory. Call again when bytes came or the
    /// job poked. `now` is kept as the moment when an answer was asked for.
    State step(std::span<char> scratch, Time now);

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] const std::shared_ptr<RemoteJob>& job() const { return job_; }
    /// Whether any byte of the request to run the command may have reached the other side.
    [[nodiscard]] bool may_have_started() const;
    [[nodiscard]] LIBSSH2_CHANNEL* raw() const { return raw_; }
    /// More could be sent if the session's outgoing buffer had room.
    [[nodiscard]] bool is_held_back() const { return is_held_back_ && state_ == State::running; }
    /// Since when the server owes an answer to the opening or to the request; absent: it owes none.
    [[nodiscard]] std::optional<Time> asked_at() const { return asked_at_; }

  private:
    State step_opening();
    // What libssh2 says of the variable that comes next; 0 when the server has answered.
    int ask_variable();
    bool has_variable();
    [[nodiscard]] bool is_last_and_accepted() const;
    State step_setting();
    State step_requesting();
    State step_running(std::span<char> scratch);
    State step_ending();
    // How many of `bytes` went to the command's stdin.
    std::size_t send_some(std::string_view bytes);
    void send_stdin();
    void send_signals();
    enum class Reading {
        /// Nothing more now, or the end.
        drained,
        /// The job wants no more now.
        held_back,
        broken,
    };
    Reading read_stream(int stream_id, model::Stream stream, std::span<char> scratch);
    [[nodiscard]] model::Outcome outcome() const;
    State break_or(int rc, State otherwise);

    Session& session_;
    Environment& environment_;
    // The next to ask for, and whether its answer is awaited. That to the last one is awaited
    // together with that to the request, which saves a round trip, but only where it will be
    // "accepted": libssh2 takes answers that came together by their kind, not in their order.
    std::size_t next_variable_ = 0;
    bool is_variable_asked_ = false;
    bool is_request_sent_ = false;
    // Shared with the Execution that the consumer holds: either may go first.
    std::shared_ptr<RemoteJob> job_;
    State state_ = State::opening;
    LIBSSH2_CHANNEL* raw_ = nullptr;
    Window window_;
    // Of its output, in one step.
    std::size_t read_bytes_ = 0;
    std::string request_;
    // What goes to stdin before the job's own input, and how much of it went.
    std::string script_;
    std::size_t script_sent_ = 0;
    bool stdin_closed_ = false;
    bool is_held_back_ = false;
    // Position in the session's outgoing bytes at which the request began; npos before.
    std::size_t request_begin_ = std::string::npos;
    std::optional<Time> asked_at_;
};

}  // namespace remuda::ssh
