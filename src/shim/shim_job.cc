// SPDX-License-Identifier: MIT
#include "shim/shim_job.h"

#include <utility>

namespace remuda::shim {

namespace {

class ShimExecution final : public transport::Execution {
  public:
    explicit ShimExecution(std::shared_ptr<ShimJob> job) : job_(std::move(job)) {}
    ~ShimExecution() override { job_->abandon(); }
    loop::Task<transport::Happening> next() override { return job_->next(); }
    void signal(const std::string& name) override { job_->signal(name); }
    void write(std::string bytes) override { job_->write(bytes); }
    void end_input() override { job_->end_input(); }
    [[nodiscard]] std::size_t unsent() const override { return job_->unsent(); }

  private:
    // Shared with the transport, which has it run.
    std::shared_ptr<ShimJob> job_;
};

}  // namespace

void ShimJob::begin() {
    is_known_there = true;
    if (!std::exchange(command.tells_began, false) || is_abandoned_ || end_) return;
    has_news_of_begin_ = true;
    happened_.notify();
}

void ShimJob::add_output(model::Stream stream, std::string_view bytes) {
    if (end_) return;
    (stream == model::Stream::out ? received_.out : received_.err) += bytes.size();
    if (is_abandoned_) {
        if (carrier_ != nullptr) carrier_->on_consumed(*this, bytes.size());
        return;
    }
    outputs_.add(stream, bytes);
    happened_.notify();
}

void ShimJob::finish(transport::Happening end) {
    if (end_) return;
    end_ = std::move(end);
    carrier_ = nullptr;
    happened_.notify();
}

loop::Task<transport::Happening> ShimJob::next() {
    loop::Stop never;
    for (;;) {
        if (std::exchange(has_news_of_begin_, false)) co_return transport::Began{};
        if (!outputs_.is_empty()) {
            transport::Output output = outputs_.take();
            if (carrier_ != nullptr) carrier_->on_consumed(*this, output.bytes.size());
            co_return output;
        }
        if (end_) co_return *end_;
        co_await loop_.wait(happened_, kNever, never);
    }
}

void ShimJob::signal(const std::string& name) {
    if (carrier_ != nullptr) carrier_->on_signal(*this, name);
}

void ShimJob::write(std::string_view bytes) {
    if (carrier_ != nullptr && command.input_follows) carrier_->on_written(*this, bytes);
}

void ShimJob::end_input() {
    if (carrier_ != nullptr && command.input_follows) carrier_->on_input_end(*this);
}

std::size_t ShimJob::unsent() const {
    return carrier_ == nullptr ? 0 : carrier_->unsent(*this);
}

void ShimJob::abandon() {
    if (is_abandoned_ || end_) return;
    is_abandoned_ = true;
    const std::size_t unread = outputs_.bytes();
    outputs_.clear();
    if (carrier_ == nullptr) return;
    carrier_->on_consumed(*this, unread);
    carrier_->on_signal(*this, "TERM");
}

std::unique_ptr<transport::Execution> execution_of(std::shared_ptr<ShimJob> job) {
    return std::make_unique<ShimExecution>(std::move(job));
}

}  // namespace remuda::shim
