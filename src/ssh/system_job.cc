// SPDX-License-Identifier: MIT
#include "ssh/system_job.h"

#include "ssh/system_errors.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace remuda::ssh {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// So long a job that nobody awaits may take to end by the signals it was sent.
constexpr auto kPatience = 2s;
// A master that is gone took its sessions with it, and is seen to be gone a moment later.
constexpr auto kMastersEnd = 200ms;
constexpr int kMostSignalTries = 5;
constexpr std::size_t kMostToSend = std::size_t{64} * 1024;

}  // namespace

SystemJob::SystemJob(loop::Loop& loop, SystemMaster& master, std::shared_ptr<RemoteJob> job,
                     std::size_t number)
    : loop_(loop),
      master_(master),
      job_(std::move(job)),
      log_path_(master.path(fmt::format("job{}", number))),
      frame_(random_mark()),
      output_(loop) {}

Result<void> SystemJob::start() {
    const RemoteCommand command = frame_.command(job_->script(), job_->reads_input());
    to_send_ = command.stdin_bytes;
    Fd out;
    Fd err;
    if (auto piped = output_.open(out, err); !piped) return piped;
    // Not a pipe, whose other end may be gone: writing to that is a signal.
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return sys_error("cannot make a socket pair");
    }
    stdin_.reset(ends[0]);
    const Fd in(ends[1]);
    loop::ChildSpec spec;
    spec.arguments = master_.command(command.line, log_path_);
    spec.in = in.number();
    spec.out = out.number();
    spec.err = err.number();
    auto child = loop::Child::spawn(loop_, spec);
    if (!child) return child.error();
    child_ = std::make_unique<loop::Child>(std::move(child).value());
    return {};
}

Task<SystemJob::End> SystemJob::carry_out(Stop& stop) {
    if (auto started = start(); !started) {
        job_->finish(transport::Refused{started.error().text()});
        co_return End::finished;
    }
    job_->on_poke = [this] {
        poked_.notify();
        has_room_.notify();
    };
    loop::Scope scope(loop_);
    scope.spawn(feed());
    const bool has_ended = co_await pass_output(stop);
    std::optional<loop::ChildEnd> end;
    if (has_ended) end = co_await child_->wait(kNever, stop);
    feeding_.request();
    co_await scope.join();
    job_->on_poke = nullptr;
    loop_.forget(stdin_.number());

    if (!end) {
        child_.reset();
        (void)::unlink(log_path_.c_str());
        job_->finish(transport::Ended{model::Lost{"the connection was closed while it ran"}});
        co_return End::finished;
    }
    co_return co_await conclude(*end, stop);
}

Task<bool> SystemJob::pass_output(Stop& stop) {
    for (;;) {
        while (!job_->wants_output() && !job_->is_abandoned()) {
            const Wake wake = co_await loop_.wait(has_room_, kNever, stop);
            if (wake == Wake::stopped) co_return false;
        }
        const auto piece = co_await output_.next(stop);
        if (!piece) break;
        const bool is_err = piece->stream == model::Stream::err;
        const bool had_begun = frame_.has_begun();
        const std::string own = is_err ? frame_.add_err(piece->bytes) : piece->bytes;
        if (frame_.has_begun() != had_begun) {
            job_->begin();
            poked_.notify();
        }
        if (!own.empty()) job_->add_output(piece->stream, own);
    }
    if (!output_.has_ended()) co_return false;
    if (const std::string own = frame_.rest(); !own.empty()) {
        job_->add_output(model::Stream::err, own);
    }
    co_return true;
}

void SystemJob::take_signals() {
    if (!frame_.has_begun()) return;
    while (const std::string* name = job_->wanted_signal()) {
        to_send_ += *name + "\n";
        was_killed_ = was_killed_ || *name == "KILL";
        job_->signal_sent();
    }
}

Task<> SystemJob::send_signals() {
    for (int tries = 0; job_->wanted_signal() != nullptr && frame_.has_begun(); ++tries) {
        const std::string name = *job_->wanted_signal();
        loop::ChildSpec spec;
        spec.arguments = master_.command(
            fmt::format("exec sh -c 'kill -s {} -- -{}'", name, frame_.group()), "/dev/null");
        auto child = loop::Child::spawn(loop_, spec);
        if (!child) co_return;
        const auto end = co_await child->wait(loop_.now() + kPatience, feeding_);
        if (feeding_.is_requested()) co_return;
        // 255: the server had no room for one more session, perhaps.
        const bool is_sent = end && end->signal == 0 && end->exit_code != 255;
        if (!is_sent && tries < kMostSignalTries) {
            co_await loop_.sleep_until(loop_.now() + kMastersEnd, feeding_);
            continue;
        }
        was_killed_ = was_killed_ || name == "KILL";
        job_->signal_sent();
        tries = 0;
    }
}

void SystemJob::take_input() {
    if (!frame_.has_begun()) return;
    if (to_send_.size() < kMostToSend) {
        const std::string_view more = job_->input().substr(0, kMostToSend);
        to_send_ += more;
        job_->sent_input(more.size());
    }
}

void SystemJob::send() {
    while (!to_send_.empty()) {
        const ssize_t n =
            ::send(stdin_.number(), to_send_.data(), to_send_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) return;
        // Nobody reads it any more: the end is near.
        if (n < 0) to_send_.clear();
        if (n > 0) to_send_.erase(0, static_cast<std::size_t>(n));
        if (job_->reads_input()) take_input();
    }
    if (job_->reads_input() && frame_.has_begun() && job_->is_input_whole() && !has_input_ended_) {
        has_input_ended_ = true;
        ::shutdown(stdin_.number(), SHUT_WR);
    }
}

Task<> SystemJob::feed() {
    Time given_up = kNever;
    for (;;) {
        if (job_->reads_input()) {
            co_await send_signals();
            take_input();
        } else {
            take_signals();
        }
        if (job_->is_abandoned() && given_up == kNever) given_up = loop_.now() + kPatience;
        send();
        Wake wake = Wake::ready;
        if (to_send_.empty()) {
            wake = co_await loop_.wait(poked_, given_up, feeding_);
        } else {
            wake = co_await loop_.wait_fd_or(stdin_.number(), loop::Readiness::writable, poked_,
                                             given_up, feeding_);
        }
        if (wake == Wake::stopped) co_return;
        if (wake == Wake::timeout) {
            child_->signal(SIGKILL);
            co_return;
        }
    }
}

Task<SystemJob::End> SystemJob::conclude(loop::ChildEnd end, Stop& stop) {
    auto loaded = load_file(log_path_);
    const std::string log = loaded ? std::move(loaded).value() : std::string();
    (void)::unlink(log_path_.c_str());

    if (const auto status = frame_.status()) {
        job_->finish(transport::Ended{model::Exited{*status}});
    } else if (end.signal != 0) {
        const char* name = ::sigabbrev_np(end.signal);
        job_->finish(transport::Ended{model::Lost{
            fmt::format("its ssh on this machine was killed by SIG{}", name ? name : "?")}});
    } else if (end.exit_code != 255) {
        // The frame did not get to run: a login shell or a forced command of another kind.
        job_->finish(transport::Ended{model::Exited{end.exit_code}});
    } else {
        const Passage passage = passage_of(log);
        if (passage != Passage::unknown && job_->wanted_signal() != nullptr) {
            job_->finish(transport::Refused{"ended before it was sent"});
        } else if (passage == Passage::refused) {
            co_return End::refused;
        } else if (passage == Passage::no_master) {
            co_return End::no_master;
        } else {
            auto outcome = co_await outcome_of_nothing(log, stop);
            job_->finish(transport::Ended{std::move(outcome)});
        }
    }
    co_return End::finished;
}

// ssh ended with 255, and no status came from the host.
Task<model::Outcome> SystemJob::outcome_of_nothing(std::string log, Stop& stop) {
    const auto reason = co_await master_.ended(loop_.now() + kMastersEnd, stop);
    if (reason) co_return model::Lost{reason->text()};
    // With the connection up a session ends without a status when KILL has met the frame too.
    if (was_killed_ && log.empty()) co_return model::Signalled{"KILL"};
    const std::string line = last_line(log);
    co_return model::Lost{line.empty() ? "the session ended without telling how the command ended"
                                       : "ssh: " + line};
}

}  // namespace remuda::ssh
