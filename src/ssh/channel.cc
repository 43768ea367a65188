// SPDX-License-Identifier: MIT
#include "ssh/channel.h"

#include "ssh/command_line.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace remuda::ssh {

namespace {

constexpr unsigned kPacketBytes = 32 * 1024;
// Stdin waits in our own buffer beyond this, so that the session's does not grow.
constexpr std::size_t kMostOutgoingBytes = std::size_t{256} * 1024;

}  // namespace

Channel::Channel(Session& session, Environment& environment, const Window::Spare& spare_window,
                 std::shared_ptr<RemoteJob> job)
    : session_(session), environment_(environment), job_(std::move(job)), window_(spare_window) {
    RemoteCommand command = remote_command(job_->script(), job_->reads_input());
    request_ = std::move(command.line);
    script_ = std::move(command.stdin_bytes);
}

Channel::~Channel() {
    // Not freed by us: closing a channel whose command runs would wait for its end. What is left
    // goes with its session.
}

bool Channel::may_have_started() const {
    return request_begin_ != std::string::npos && session_.total_sent() > request_begin_;
}

Channel::State Channel::break_or(int rc, State otherwise) {
    if (rc == LIBSSH2_ERROR_EAGAIN) return otherwise;
    return State::broken;
}

Channel::State Channel::step(std::span<char> scratch, Time now) {
    if (!asked_at_) asked_at_ = now;
    for (;;) {
        const State before = state_;
        switch (state_) {
            case State::opening:
                state_ = step_opening();
                break;
            case State::setting:
                state_ = step_setting();
                break;
            case State::requesting:
                state_ = step_requesting();
                break;
            case State::running:
                state_ = step_running(scratch);
                break;
            case State::ending:
                state_ = step_ending();
                break;
            case State::done:
            case State::refused:
            case State::broken:
                break;
        }
        if (state_ == before) {
            const bool is_answered =
                state_ != State::opening && state_ != State::setting && state_ != State::requesting;
            if (is_answered) asked_at_.reset();
            return state_;
        }
        if (before == State::opening) window_.opened_after(now - *asked_at_);
        if (state_ == State::running) job_->begin();
        asked_at_ = now;
    }
}

Channel::State Channel::step_opening() {
    raw_ = libssh2_channel_open_ex(session_.raw(), "session", sizeof "session" - 1,
                                   Window::kFirstBytes, kPacketBytes, nullptr, 0);
    if (raw_ != nullptr) return State::setting;
    const int rc = libssh2_session_last_errno(session_.raw());
    if (rc == LIBSSH2_ERROR_CHANNEL_FAILURE) return State::refused;
    return break_or(rc, State::opening);
}

int Channel::ask_variable() {
    using Answer = Variable::Answer;
    Variable& variable = environment_[next_variable_];
    const int rc = libssh2_channel_setenv_ex(
        raw_, variable.name.data(), static_cast<unsigned>(variable.name.size()),
        variable.value.data(), static_cast<unsigned>(variable.value.size()));
    is_variable_asked_ = rc == LIBSSH2_ERROR_EAGAIN;
    // A server need not take a variable (sshd_config, AcceptEnv).
    if (rc != 0 && rc != LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) return rc;
    variable.answer = rc == 0 ? Answer::accepted : Answer::refused;
    ++next_variable_;
    return 0;
}

// What was refused once is not asked for again.
bool Channel::has_variable() {
    const auto is_refused = [&] {
        return environment_[next_variable_].answer == Variable::Answer::refused;
    };
    while (!is_variable_asked_ && next_variable_ < environment_.size() && is_refused())
        ++next_variable_;
    return next_variable_ < environment_.size();
}

bool Channel::is_last_and_accepted() const {
    const auto at = environment_.begin() + static_cast<std::ptrdiff_t>(next_variable_);
    return at->answer == Variable::Answer::accepted &&
           std::all_of(at + 1, environment_.end(), [](const Variable& variable) {
               return variable.answer == Variable::Answer::refused;
           });
}

Channel::State Channel::step_setting() {
    while (has_variable() && job_->wanted_signal() == nullptr) {
        const int rc = ask_variable();
        if (rc == LIBSSH2_ERROR_EAGAIN && is_last_and_accepted()) return State::requesting;
        if (rc != 0) return break_or(rc, State::setting);
    }
    return State::requesting;
}

Channel::State Channel::step_requesting() {
    if (request_begin_ == std::string::npos) {
        if (job_->wanted_signal() != nullptr) {
            job_->finish(transport::Refused{"ended before it was sent"});
            return State::ending;
        }
        request_begin_ = session_.total_written();
    }
    // Its answer comes first, and must not be taken for that to the request.
    if (is_variable_asked_) {
        const int rc = ask_variable();
        if (rc != 0 && rc != LIBSSH2_ERROR_EAGAIN) return State::broken;
        if (rc != 0 && is_request_sent_) return State::requesting;
    }
    const std::size_t written = session_.total_written();
    const int rc = libssh2_channel_process_startup(raw_, "exec", sizeof "exec" - 1, request_.data(),
                                                   static_cast<unsigned>(request_.size()));
    is_request_sent_ = is_request_sent_ || session_.total_written() > written;
    if (rc == 0) {
        request_.clear();
        request_.shrink_to_fit();
        return State::running;
    }
    if (rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) {
        job_->finish(transport::Ended{
            model::NeverStarted{"the server refuses to run commands (forced command or shell?)"}});
        return State::ending;
    }
    // The end of an empty stdin goes out with the request, in one segment. Not before it: a key
    // exchange may hold the request back.
    const bool has_no_stdin = script_.empty() && !job_->reads_input();
    if (rc == LIBSSH2_ERROR_EAGAIN && is_request_sent_ && !stdin_closed_ && has_no_stdin)
        send_stdin();
    return break_or(rc, State::requesting);
}

std::size_t Channel::send_some(std::string_view bytes) {
    is_held_back_ = false;
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        is_held_back_ = session_.outgoing().size() >= kMostOutgoingBytes;
        if (is_held_back_) break;
        const ssize_t n =
            libssh2_channel_write_ex(raw_, 0, bytes.data() + sent, bytes.size() - sent);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
    }
    return sent;
}

void Channel::send_stdin() {
    if (!script_.empty()) {
        script_sent_ += send_some(std::string_view(script_).substr(script_sent_));
        if (script_sent_ < script_.size()) return;
        script_ = std::string();
    }
    // Of the job's input nothing goes before the command runs: it may yet run elsewhere.
    if (state_ == State::running) job_->sent_input(send_some(job_->input()));
    // Without the end of its stdin a command that reads would wait for ever.
    if (job_->input().empty() && job_->is_input_whole()) {
        stdin_closed_ = libssh2_channel_send_eof(raw_) != LIBSSH2_ERROR_EAGAIN;
    }
}

void Channel::send_signals() {
    while (const std::string* name = job_->wanted_signal()) {
        // A server that knows no signals ignores the request. During a key exchange nothing can be
        // sent: it waits.
        const int rc = libssh2_channel_signal_ex(raw_, name->c_str(), name->size());
        if (rc == LIBSSH2_ERROR_EAGAIN) return;
        job_->signal_sent();
    }
}

Channel::Reading Channel::read_stream(int stream_id, model::Stream stream,
                                      std::span<char> scratch) {
    while (job_->is_abandoned() || job_->wants_output()) {
        const std::size_t most = std::min<std::size_t>(scratch.size(), kPacketBytes);
        const ssize_t n = libssh2_channel_read_ex(raw_, stream_id, scratch.data(), most);
        if (n == 0 || n == LIBSSH2_ERROR_EAGAIN) return Reading::drained;
        if (n < 0) return Reading::broken;
        read_bytes_ += static_cast<std::size_t>(n);
        job_->add_output(stream, {scratch.data(), static_cast<std::size_t>(n)});
    }
    return Reading::held_back;
}

Channel::State Channel::step_running(std::span<char> scratch) {
    if (!stdin_closed_) send_stdin();
    send_signals();
    // Both streams, always: an unread stderr would fill the window and stop stdout too.
    read_bytes_ = 0;
    const Reading out = read_stream(0, model::Stream::out, scratch);
    const Reading err = read_stream(SSH_EXTENDED_DATA_STDERR, model::Stream::err, scratch);
    if (out == Reading::broken || err == Reading::broken) return State::broken;
    // Nothing is left of stderr: what there is of other streams, which nobody reads, would stand
    // before the end for ever.
    if (err == Reading::drained) {
        const int rc = libssh2_channel_flush_ex(raw_, LIBSSH2_CHANNEL_FLUSH_EXTENDED_DATA);
        if (rc < 0 && rc != LIBSSH2_ERROR_EAGAIN) return State::broken;
    }
    if (out == Reading::drained && err == Reading::drained) {
        window_.has_read(read_bytes_);
        window_.apply_to(raw_);
    }
    const bool has_ended = libssh2_channel_eof(raw_) == 1;
    if (out == Reading::drained && err == Reading::drained && has_ended) return State::ending;
    return State::running;
}

Channel::State Channel::step_ending() {
    // The end of the output is not the end of the command: its status comes before the close.
    if (!job_->is_finished()) {
        const int rc = libssh2_channel_wait_closed(raw_);
        if (rc != 0) {
            send_signals();
            return break_or(rc, State::ending);
        }
        job_->finish(transport::Ended{outcome()});
    }
    const int rc = libssh2_channel_free(raw_);
    if (rc == LIBSSH2_ERROR_EAGAIN) return State::ending;
    raw_ = nullptr;
    return rc == 0 ? State::done : State::broken;
}

model::Outcome Channel::outcome() const {
    // A signal first: the exit status of a killed command reads 0.
    char* signal = nullptr;
    std::size_t length = 0;
    libssh2_channel_get_exit_signal(raw_, &signal, &length, nullptr, nullptr, nullptr, nullptr);
    if (signal != nullptr) {
        std::string name(signal, length);
        libssh2_free(session_.raw(), signal);
        return model::Signalled{std::move(name)};
    }
    if (libssh2_channel_has_exit_status(raw_) == 1) {
        return model::Exited{libssh2_channel_get_exit_status(raw_)};
    }
    return model::Lost{"the server closed the channel without telling how the command ended"};
}

}  // namespace remuda::ssh
