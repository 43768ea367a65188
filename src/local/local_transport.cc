// SPDX-License-Identifier: MIT
#include "local/local_execution.h"
#include "remuda/local/local.h"

#include <utility>

namespace remuda::local {

namespace {

class LocalTransport final : public transport::Transport {
  public:
    explicit LocalTransport(loop::Loop& loop) : loop_(loop) {}

    loop::Task<Result<void>> open(loop::Stop& /*stop*/) override { co_return Result<void>(); }

    std::unique_ptr<transport::Execution> start(transport::Command command) override {
        return std::make_unique<LocalExecution>(loop_, std::move(command), closing_);
    }

    // This machine does not fail; if it does, nobody is told.
    loop::Task<Error> failed(loop::Stop& stop) override {
        co_await loop_.sleep_until(kNever, stop);
        co_return Error(Code::stopped, "stopped");
    }

    loop::Task<> close(Time /*deadline*/) override {
        closing_->request();
        co_return;
    }

  private:
    loop::Loop& loop_;
    // Shared with the executions, which may outlive the transport.
    std::shared_ptr<loop::Stop> closing_ = std::make_shared<loop::Stop>();
};

}  // namespace

std::unique_ptr<transport::Transport> make_local_transport(loop::Loop& loop) {
    return std::make_unique<LocalTransport>(loop);
}

}  // namespace remuda::local
