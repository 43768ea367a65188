// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "remuda/loop/child.h"
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
    ~LocalExecution() override;
    LocalExecution(const LocalExecution&) = delete;
    LocalExecution& operator=(const LocalExecution&) = delete;

    loop::Task<transport::Happening> next() override;
    void signal(const std::string& name) override;

  private:
    struct Pipe {
        model::Stream stream = model::Stream::out;
        Fd fd;
    };
    // Reads what is there; an empty result: nothing now, or the end (then the pipe is closed).
    std::string read(Pipe& pipe);
    void close(Pipe& pipe);
    // False: told to close.
    loop::Task<bool> wait_for_output();
    transport::Happening abandon();

    loop::Loop& loop_;
    // Shared with the transport and all its executions: a driver may drop these in any order.
    std::shared_ptr<loop::Stop> closing_;
    // Null if it was never started.
    std::unique_ptr<loop::Child> child_;
    std::optional<transport::Happening> end_;
    Pipe out_{model::Stream::out, {}};
    Pipe err_{model::Stream::err, {}};
    bool prefers_err_ = false;
};

}  // namespace remuda::local
