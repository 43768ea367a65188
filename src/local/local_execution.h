// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/child.h"
#include "remuda/transport/output_pipes.h"
#include "remuda/transport/transport.h"

#include <memory>
#include <optional>
#include <string>

namespace remuda::local {

/// A child process and the pipes of its output.
class LocalExecution final : public transport::Execution {
  public:
    /// `closing` ends it, with everything of its process group.
    LocalExecution(loop::Loop& loop, const std::string& script,
                   std::shared_ptr<loop::Stop> closing);
    LocalExecution(const LocalExecution&) = delete;
    LocalExecution& operator=(const LocalExecution&) = delete;

    loop::Task<transport::Happening> next() override;
    void signal(const std::string& name) override;

  private:
    transport::Happening abandon();

    // Shared with the transport and all its executions: a driver may drop these in any order.
    std::shared_ptr<loop::Stop> closing_;
    // Null if it was never started.
    std::unique_ptr<loop::Child> child_;
    std::optional<transport::Happening> end_;
    transport::OutputPipes output_;
};

}  // namespace remuda::local
