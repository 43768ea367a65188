// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"

#include <exception>
#include <functional>

namespace remuda::run {

/// A Scope whose tasks must not throw: if one does, that is a bug of ours, and it is told at once,
/// so that the run ends instead of waiting for ever for what the task was to do.
class Crew {
  public:
    using Fail = std::function<void(std::exception_ptr)>;

    Crew(loop::Loop& loop, Fail fail);

    void spawn(loop::Task<> task);
    [[nodiscard]] loop::Task<> join();

  private:
    [[nodiscard]] loop::Task<> guard(loop::Task<> task);

    Fail fail_;
    loop::Scope scope_;
};

}  // namespace remuda::run
