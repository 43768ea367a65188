// SPDX-License-Identifier: MIT
//
// Transport: the way to one host. Execution: one command there.
//
// The seam between `run`, which drives, and `ssh`, `local` and the fake, which carry out. One
// Transport serves all nodes of its host. Everything happens on the loop's thread.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/event.h"
#include "remuda/model/outcome.h"

#include <memory>
#include <string>
#include <variant>

namespace remuda::transport {

/// A command to run. `script` is run by `sh -c`; any byte but NUL is allowed. Its stdin is empty.
struct Command {
    std::string script;
};

/// Bytes that the command wrote.
struct Output {
    model::Stream stream = model::Stream::out;
    std::string bytes;
};

/// The command ended, or its fate is known to be unknown (Lost). Nothing follows.
struct Ended {
    model::Outcome outcome;
};

/// The command was not started, for certain; it may be run elsewhere. Nothing follows.
struct Refused {
    std::string reason;
};

using Happening = std::variant<Output, Ended, Refused>;

/// One command on its way, running, or ended. Destroying it before Ended or Refused abandons it:
/// the command is told to end, and nobody waits for it.
class Execution {
  public:
    virtual ~Execution() = default;
    /// What happens next. Await one at a time. Not reading holds back the command by flow control:
    /// the memory that it can fill is bounded by the transport.
    virtual loop::Task<Happening> next() = 0;
    /// Sends a signal ("TERM", "KILL", "INT") to the command's process group, as far as the other
    /// side allows. A no-op before the start is known and after the end.
    virtual void signal(const std::string& name) = 0;
};

class Transport {
  public:
    virtual ~Transport() = default;

    /// Makes the host ready for `start`. Await once; may be long; returns early with Code::stopped.
    virtual loop::Task<Result<void>> open(loop::Stop& stop) = 0;

    /// Begins to run `command`. Never fails itself: what goes wrong comes from the Execution.
    [[nodiscard]] virtual std::unique_ptr<Execution> start(Command command) = 0;

    /// Returns when the host, having been open, cannot be used any more, with the reason; or with
    /// Code::stopped. Await once, after `open` succeeded. Executions that were running end by
    /// themselves (Lost).
    virtual loop::Task<Error> failed(loop::Stop& stop) = 0;

    /// Says goodbye and closes everything within `deadline`. Executions are ended.
    virtual loop::Task<> close(Time deadline) = 0;
};

}  // namespace remuda::transport
