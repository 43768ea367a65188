// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/transport/transport.h"
#include "run/crew.h"
#include "run/emit.h"

#include <map>
#include <memory>

namespace remuda::run {

/// Follows the executions of a run: what each writes and how it ends becomes events. Each attempt
/// ends with exactly one AttemptEnded or AttemptRefused.
class Attempts {
  public:
    /// `loop` outlives it. `grace`: from TERM to KILL, and from KILL to giving up.
    Attempts(loop::Loop& loop, Duration grace, Emit emit, Crew::Fail fail);

    void follow(model::AttemptId id, std::unique_ptr<transport::Execution> execution);
    /// Ends an attempt; a no-op if it has ended.
    void end(model::AttemptId id);
    /// While held, an attempt that has written something is not heard any further (its command
    /// waits when its pipe is full), unless it is being ended.
    void hold(bool is_held);
    /// Reports what runs as lost, without waiting for it.
    void abandon();
    /// Waits for the executions. Those that were given up end when their transport is closed.
    [[nodiscard]] loop::Task<> join();

  private:
    struct Running;
    /// Shared by the task that follows an attempt and the one that ends it.
    using RunningPtr = std::shared_ptr<Running>;

    loop::Task<> follow_one(RunningPtr running);
    loop::Task<> end_one(RunningPtr running);
    loop::Task<> wait_while_held(const Running& running);
    void report(Running& running, model::Event event);

    loop::Loop& loop_;
    Duration grace_;
    Emit emit_;
    std::map<model::AttemptId, RunningPtr> running_;
    bool is_held_ = false;
    /// Something is not held any more.
    loop::Notice released_;
    loop::Stop stop_;
    Crew crew_;
};

}  // namespace remuda::run
