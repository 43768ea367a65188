// SPDX-License-Identifier: MIT
//
// A short script of our own on a host, for which nobody waits longer than for an answer.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/outcome.h"
#include "remuda/transport/transport.h"

#include <string>

namespace remuda::cli {

struct ScriptEnd {
    /// What it wrote, on either stream; the beginning of it.
    std::string said;
    /// An end of its own, or Lost and the like.
    model::Outcome outcome;
};

/// Runs `script` over `transport`, which is open and outlives it, until 30 s from now, or `stop`.
/// A script that has not ended then (its home may hang) is told to end, and the transport closed:
/// Code::timed_out or Code::stopped. It may be closed once more.
[[nodiscard]] loop::Task<Result<ScriptEnd>> run_script(loop::Loop& loop,
                                                       transport::Transport& transport,
                                                       std::string script, loop::Stop& stop);

}  // namespace remuda::cli
