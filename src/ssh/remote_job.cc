// SPDX-License-Identifier: MIT
#include "ssh/remote_job.h"

#include "remuda/transport/plain_script.h"

#include <utility>

namespace remuda::ssh {

namespace {

class RemoteExecution final : public transport::Execution {
  public:
    explicit RemoteExecution(std::shared_ptr<RemoteJob> job) : job_(std::move(job)) {}
    ~RemoteExecution() override { job_->abandon(); }
    loop::Task<transport::Happening> next() override { return job_->next(); }
    void signal(const std::string& name) override { job_->signal(name); }
    void write(std::string bytes) override { job_->write(bytes); }
    void end_input() override { job_->end_input(); }
    [[nodiscard]] std::size_t unsent() const override { return job_->input().size(); }

  private:
    // Shared with the pool, which carries it out.
    std::shared_ptr<RemoteJob> job_;
};

}  // namespace

RemoteJob::RemoteJob(loop::Loop& loop, std::string script, std::string input, bool input_follows,
                     bool tells_began)
    : loop_(loop),
      script_(std::move(script)),
      input_(std::move(input)),
      reads_input_(input_follows || !input_.empty()),
      is_input_whole_(!input_follows),
      tells_began_(tells_began) {}

void RemoteJob::sent_input(std::size_t count) {
    input_sent_ += count;
    if (input_sent_ == input_.size()) {
        input_.clear();
        input_sent_ = 0;
    }
}

void RemoteJob::write(std::string_view bytes) {
    if (is_input_whole_ || end_) return;
    // What went is dropped when it is the greater part: so every byte is moved about once.
    if (input_sent_ > input_.size() / 2) input_.erase(0, std::exchange(input_sent_, 0));
    input_ += bytes;
    poke();
}

void RemoteJob::end_input() {
    if (is_input_whole_) return;
    is_input_whole_ = true;
    poke();
}

void RemoteJob::begin() {
    if (!std::exchange(tells_began_, false) || is_abandoned_ || end_) return;
    has_news_of_begin_ = true;
    happened_.notify();
}

void RemoteJob::add_output(model::Stream stream, std::string_view bytes) {
    if (is_abandoned_ || end_) return;
    outputs_.add(stream, bytes);
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
        if (std::exchange(has_news_of_begin_, false)) co_return transport::Began{};
        if (!outputs_.is_empty()) {
            const bool was_held_back = !wants_output();
            transport::Output output = outputs_.take();
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
    signals_.emplace_back("TERM");
    signals_.emplace_back("KILL");
    poke();
}

std::shared_ptr<RemoteJob> job_of(loop::Loop& loop, const transport::Command& command) {
    auto plain = transport::plain_script(command);
    if (!plain) {
        auto job = std::make_shared<RemoteJob>(loop, command.script);
        job->finish(transport::Ended{model::NeverStarted{plain.error().text()}});
        return job;
    }
    return std::make_shared<RemoteJob>(loop, std::move(plain->script), std::move(plain->input),
                                       command.input_follows, command.tells_began);
}

std::unique_ptr<transport::Execution> execution_of(std::shared_ptr<RemoteJob> job) {
    return std::make_unique<RemoteExecution>(std::move(job));
}

}  // namespace remuda::ssh
