// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/child.h"
#include "remuda/transport/output_pipes.h"
#include "remuda/transport/transport.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace remuda::local {

/// A child process and its pipes.
class LocalExecution final : public transport::Execution {
  public:
    /// `closing` ends it, with everything of its process group.
    LocalExecution(loop::Loop& loop, transport::Command command,
                   std::shared_ptr<loop::Stop> closing);
    ~LocalExecution() override;
    LocalExecution(const LocalExecution&) = delete;
    LocalExecution& operator=(const LocalExecution&) = delete;

    loop::Task<transport::Happening> next() override;
    void signal(const std::string& name) override;
    void write(std::string bytes) override;
    void end_input() override;
    [[nodiscard]] std::size_t unsent() const override { return input_.size() - input_sent_; }

  private:
    loop::Task<transport::Happening> next_of_output();
    transport::Happening abandon();
    // Puts as much into the pipe as it takes; closes it behind the last byte.
    void send_input();
    // Until the pipe is closed.
    loop::Task<> feed(loop::Stop& stop);

    loop::Loop& loop_;
    // Shared with the transport and all its executions: a driver may drop these in any order.
    std::shared_ptr<loop::Stop> closing_;
    // Null if it was never started.
    std::unique_ptr<loop::Child> child_;
    std::optional<transport::Happening> end_;
    transport::OutputPipes output_;
    // Both ends of its stdin: while one is open to read, nobody is killed by SIGPIPE for writing.
    Fd input_pipe_;
    Fd input_reader_;
    std::string input_;
    std::size_t input_sent_ = 0;
    bool is_input_whole_ = true;
    bool is_feeding_ = false;
    // That it runs is still to be told.
    bool has_news_of_begin_ = false;
    loop::Notice input_came_;
};

}  // namespace remuda::local
