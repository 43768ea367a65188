// SPDX-License-Identifier: MIT
//
// A short script of our own on a host, for which nobody waits longer than for an answer.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/outcome.h"
#include "remuda/transport/transport.h"

#include <chrono>
#include <string>

namespace remuda::cli {

/// For a host to answer something short, and for its connection to be closed afterwards.
inline constexpr Duration kHostAnswerTime = std::chrono::seconds(30);
inline constexpr Duration kHostClosingTime = std::chrono::seconds(2);

struct ScriptEnd {
    /// What it wrote, on either stream; the beginning of it.
    std::string said;
    /// An end of its own, or Lost and the like.
    model::Outcome outcome;
};

/// Runs `script` over `transport`, which is open and outlives it, until kHostAnswerTime from now,
/// or `stop`. A script that has not ended then (its home may hang) is told to end, and the
/// transport closed: Code::timed_out or Code::stopped. It may be closed once more.
[[nodiscard]] loop::Task<Result<ScriptEnd>> run_script(loop::Loop& loop,
                                                       transport::Transport& transport,
                                                       std::string script, loop::Stop& stop);

}  // namespace remuda::cli
