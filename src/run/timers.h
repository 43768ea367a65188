// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/clock.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/ids.h"
#include "run/emit.h"

#include <set>
#include <unordered_map>
#include <utility>

namespace remuda::run {

/// What the engine waits for: each wait that is not ended becomes a WaitOver. O(log waits) each.
class Timers {
  public:
    /// `loop` outlives it.
    Timers(loop::Loop& loop, Emit emit) : loop_(loop), emit_(std::move(emit)) {}

    void start(model::WaitId token, Duration duration);
    /// A no-op if it is over, or never was.
    void end(model::WaitId token);
    /// Tells of what is over, until `stop`. Await once.
    loop::Task<> run(loop::Stop& stop);

  private:
    loop::Loop& loop_;
    Emit emit_;
    std::set<std::pair<Time, model::WaitId>> queue_;
    std::unordered_map<model::WaitId, Time> deadlines_;
    loop::Notice changed_;
};

}  // namespace remuda::run
