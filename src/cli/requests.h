// SPDX-License-Identifier: MIT
#pragma once

#include "cli/kept_queue.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/run/driver.h"

namespace remuda::cli {

/// Does what other processes ask of this run (`remuda cancel`), until `over`. All outlive it.
[[nodiscard]] loop::Task<> heed_requests(loop::Loop& loop, KeptQueue& queue, run::Driver& driver,
                                         loop::Stop& over);

}  // namespace remuda::cli
