// SPDX-License-Identifier: MIT
#include "ssh/remote_job.h"

#include <utility>

namespace remuda::ssh {

namespace {

// Small pieces of one stream are put together, so that a chatty command costs few events.
constexpr std::size_t kPieceBytes = std::size_t{16} * 1024;

class RemoteExecution final : public transport::Execution {
  public:
    explicit RemoteExecution(std::shared_ptr<RemoteJob> job) : job_(std::move(job)) {}
    ~RemoteExecution() override { job_->abandon(); }
    loop::Task<transport::Happening> next() override { return job_->next(); }
    void signal(const std::string& name) override { job_->signal(name); }

  private:
    // Shared with the pool, which carries it out.
    std::shared_ptr<RemoteJob> job_;
};

}  // namespace

RemoteJob::RemoteJob(loop::Loop& loop, std::string script)
    : loop_(loop), script_(std::move(script)) {}

void RemoteJob::add_output(model::Stream stream, std::string_view bytes) {
    if (is_abandoned_ || end_) return;
    buffered_bytes_ += bytes.size();
    if (!outputs_.empty() && outputs_.back().stream == stream &&
        outputs_.back().bytes.size() + bytes.size() <= kPieceBytes) {
        outputs_.back().bytes += bytes;
    } else {
        outputs_.push_back({stream, std::string(bytes)});
    }
    happened_.notify();
}

void RemoteJob::finish(transport::Happening end) {
    if (end_) return;
    end_ = std::move(end);
    happened_.notify();
}

loop::Task<transport::Happening> RemoteJob::next() {
    loop::Stop never;
    for (;;) {
        if (!outputs_.empty()) {
            const bool was_held_back = !wants_output();
            transport::Output output = std::move(outputs_.front());
            outputs_.pop_front();
            buffered_bytes_ -= output.bytes.size();
            if (was_held_back && wants_output()) poke();
            co_return output;
        }
        if (end_) co_return *end_;
        co_await loop_.wait(happened_, kNever, never);
    }
}

void RemoteJob::signal(const std::string& name) {
    if (end_) return;
    signals_.push_back(name);
    poke();
}

void RemoteJob::abandon() {
    if (end_ || is_abandoned_) return;
    is_abandoned_ = true;
    outputs_.clear();
    buffered_bytes_ = 0;
    signals_.emplace_back("TERM");
    signals_.emplace_back("KILL");
    poke();
}

std::unique_ptr<transport::Execution> execution_of(std::shared_ptr<RemoteJob> job) {
    return std::make_unique<RemoteExecution>(std::move(job));
}

}  // namespace remuda::ssh
