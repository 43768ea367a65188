// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "remuda/loop/child.h"
#include "remuda/transport/transport.h"

#include <optional>
#include <string>

namespace remuda::local {

/// A child process and the pipes of its output.
class LocalExecution final : public transport::Execution {
  public:
    LocalExecution(loop::Loop& loop, const std::string& script);
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
    loop::Task<> wait_for_output();

    loop::Loop& loop_;
    std::optional<loop::Child> child_;
    std::optional<transport::Happening> end_;
    Pipe out_{model::Stream::out, {}};
    Pipe err_{model::Stream::err, {}};
    bool prefers_err_ = false;
};

}  // namespace remuda::local
