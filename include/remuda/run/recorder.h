// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "remuda/model/event.h"

namespace remuda::run {

/// Keeps what happens in a run, so that it is still known when this process is killed.
class Recorder {
  public:
    virtual ~Recorder() = default;
    /// An event, before anybody else is told of it. Called in order; kept until `commit`.
    virtual void read(const model::Event& event) = 0;
    /// Writes what was read. Called before a command is sent and before an outcome is shown. On
    /// failure it is kept, and the next commit tries again. Code::busy: somebody else is at it; the
    /// driver waits for them.
    [[nodiscard]] virtual Result<void> commit() = 0;
};

}  // namespace remuda::run
