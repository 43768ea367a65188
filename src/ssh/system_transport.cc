// SPDX-License-Identifier: MIT
#include "ssh/system_transport.h"

#include "ssh/remote_job.h"
#include "ssh/system_job.h"
#include "ssh/system_master.h"
#include "ssh/waiting_jobs.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace remuda::ssh {

using namespace std::chrono_literals;
using loop::Stop;
using loop::Task;
using loop::Wake;

namespace {

// sshd allows 10 (MaxSessions), and frees a place a moment after a session has ended.
constexpr std::size_t kMostSessions = 8;
constexpr int kMostPatientTries = 6;
constexpr auto kFirstPause = 200ms;
constexpr auto kRestAfterRefusal = 50ms;
constexpr auto kLongestRest = 1s;
constexpr int kMostBareRefusals = 5;
// For jobs to end by the signals that they are sent at the close.
constexpr auto kGoodbye = 500ms;

class SystemTransport final : public transport::Transport {
  public:
    SystemTransport(loop::Loop& loop, SystemSsh ssh, Log log)
        : loop_(loop),
          ssh_(std::move(ssh)),
          log_(std::move(log)),
          random_(std::random_device()()),
          scope_(loop) {}

    Task<Result<void>> open(Stop& stop) override;
    std::unique_ptr<transport::Execution> start(transport::Command command) override;
    Task<Error> failed(Stop& stop) override;
    Task<> close(Time deadline) override;

  private:
    using JobPtr = std::shared_ptr<RemoteJob>;

    Task<Result<void>> log_in(Stop& stop);
    Task<> watch();
    void dispatch();
    Task<> dispatch_after_rest();
    Task<> carry_out(JobPtr job);
    void on_refused(const JobPtr& job);
    void fail(const Error& reason);

    // Set once.
    loop::Loop& loop_;
    const SystemSsh ssh_;
    const Log log_;

    // Loop thread only.
    std::unique_ptr<SystemMaster> master_;
    WaitingJobs pending_;
    std::vector<JobPtr> running_;
    std::size_t capacity_ = kMostSessions;
    std::size_t jobs_started_ = 0;
    // Since a job was last carried out: all, and those while nothing else ran.
    int refusals_ = 0;
    int bare_refusals_ = 0;
    Time rests_until_;
    std::minstd_rand random_;
    std::optional<Error> failure_;
    bool is_closing_ = false;
    loop::Notice failed_;
    loop::Notice carried_out_;
    Stop stop_;
    loop::Scope scope_;
};

Task<Result<void>> SystemTransport::open(Stop& stop) {
    for (int tries = 0;; ++tries) {
        auto logged_in = co_await log_in(stop);
        if (logged_in) break;
        const bool is_busy = logged_in.error().code() == Code::busy;
        if (!is_busy || tries == kMostPatientTries) co_return logged_in.error();
        const auto pause = kFirstPause * (1 << tries);
        // Hosts behind one bastion are not to come back at the same instant.
        const auto jitter =
            std::chrono::milliseconds(random_() % static_cast<unsigned>(pause / 1ms));
        co_await loop_.sleep_until(loop_.now() + pause / 2 + jitter, stop);
        if (stop.is_requested()) co_return Error(Code::stopped, "stopped");
    }
    scope_.spawn(watch());
    dispatch();
    co_return Result<void>();
}

Task<Result<void>> SystemTransport::log_in(Stop& stop) {
    std::optional<PacerPlace> place;
    if (ssh_.logins != nullptr) {
        const bool has_place = co_await ssh_.logins->enter(stop);
        if (!has_place) co_return Error(Code::stopped, "stopped");
        place.emplace(*ssh_.logins);
    }
    auto master = std::make_unique<SystemMaster>(loop_, ssh_, log_);
    auto logged_in = co_await master->log_in(loop_.now() + ssh_.login_timeout, stop);
    if (!logged_in) {
        co_await master->close(loop_.now() + kGoodbye);
        co_return logged_in.error();
    }
    master_ = std::move(master);
    // dropbear 2022.82 to 2024.85 drops the connection at two short commands at once (dropbear
    // issue 321), tinysshd serves one.
    const std::string& server = master_->server();
    if (server.starts_with("dropbear_") || server.starts_with("tinyssh")) capacity_ = 1;
    co_return Result<void>();
}

Task<> SystemTransport::watch() {
    const auto reason = co_await master_->ended(kNever, stop_);
    if (reason) fail(*reason);
}

std::unique_ptr<transport::Execution> SystemTransport::start(transport::Command command) {
    auto job = job_of(loop_, command);
    if (job->is_finished()) return execution_of(std::move(job));
    if (failure_ || is_closing_) {
        job->finish(transport::Refused{failure_ ? failure_->text() : "closing"});
    } else {
        pending_.add_last(job);
        dispatch();
    }
    return execution_of(std::move(job));
}

void SystemTransport::dispatch() {
    if (!master_ || is_closing_ || failure_ || loop_.now() < rests_until_) return;
    while (!pending_.empty() && running_.size() < capacity_) {
        running_.push_back(pending_.take_next());
        scope_.spawn(carry_out(running_.back()));
    }
}

Task<> SystemTransport::dispatch_after_rest() {
    co_await loop_.sleep_until(rests_until_, stop_);
    dispatch();
}

Task<> SystemTransport::carry_out(JobPtr job) {
    SystemJob carried(loop_, *master_, job, jobs_started_++);
    const SystemJob::End end = co_await carried.carry_out(stop_);
    std::erase(running_, job);
    carried_out_.notify();
    switch (end) {
        case SystemJob::End::finished:
            refusals_ = 0;
            bare_refusals_ = 0;
            break;
        case SystemJob::End::refused:
            on_refused(job);
            break;
        case SystemJob::End::no_master: {
            const Error reason(Code::unreachable, "the connection of ssh takes no further command");
            fail(reason);
            job->finish(transport::Refused{reason.text()});
            break;
        }
    }
    dispatch();
}

// The server has no room for a further session. It may be about to close an earlier one; when it
// says so again, there are to be fewer at a time.
void SystemTransport::on_refused(const JobPtr& job) {
    ++refusals_;
    if (running_.empty()) ++bare_refusals_;
    if (is_closing_ || failure_ || bare_refusals_ == kMostBareRefusals) {
        job->finish(transport::Refused{failure_      ? failure_->text()
                                       : is_closing_ ? "closing"
                                                     : "the server refuses to open a session"});
        return;
    }
    if (refusals_ > 1) {
        const std::size_t fewer = std::max<std::size_t>(1, running_.size());
        if (fewer < capacity_) {
            capacity_ = fewer;
            log_(LogLevel::detail,
                 fmt::format("{}: the server takes {} at a time", ssh_.name, capacity_));
        }
    }
    rests_until_ = loop_.now() + std::min<Duration>(kRestAfterRefusal * refusals_, kLongestRest);
    pending_.add_first(job);
    scope_.spawn(dispatch_after_rest());
}

void SystemTransport::fail(const Error& reason) {
    if (failure_) return;
    failure_ = reason;
    // Before the refusals, so that nobody sends these jobs back here.
    failed_.notify();
    pending_.refuse_all(reason.text());
}

Task<Error> SystemTransport::failed(Stop& stop) {
    while (!failure_) {
        const Wake wake = co_await loop_.wait(failed_, kNever, stop);
        if (wake == Wake::stopped) co_return Error(Code::stopped, "stopped");
    }
    co_return *failure_;
}

Task<> SystemTransport::close(Time deadline) {
    is_closing_ = true;
    pending_.refuse_all("closing");
    for (const JobPtr& job : std::vector<JobPtr>(running_)) {
        job->signal("TERM");
        job->signal("KILL");
    }
    const Time goodbye = std::min<Time>(deadline, loop_.now() + kGoodbye);
    Stop never;
    while (!running_.empty() && !failure_) {
        const Wake wake = co_await loop_.wait(carried_out_, goodbye, never);
        if (wake != Wake::ready) break;
    }
    stop_.request();
    co_await scope_.join();
    if (master_) co_await master_->close(deadline);
    master_.reset();
}

}  // namespace

std::unique_ptr<transport::Transport> make_system_transport(loop::Loop& loop, SystemSsh ssh,
                                                            Log log) {
    return std::make_unique<SystemTransport>(loop, std::move(ssh), std::move(log));
}

}  // namespace remuda::ssh
