// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "remuda/history/store.h"
#include "remuda/model/event.h"
#include "remuda/queue/queue.h"

#include <functional>
#include <string>

namespace remuda::run {

/// Settles what killed runs of this queue have left: jobs that were not started are in the queue
/// file again, the others are recorded as lost. `lost` is told of each attempt of which nothing is
/// known, after that was written. `queue_path`: real path of the queue file, as in RunInfo.
/// Code::locked: the queue is locked, nothing was done; try again later. After another failure,
/// too, the same can be done again.
///
/// If the machine was started anew since, records of starts may be missing: then a job that was
/// claimed counts as one that may have run.
[[nodiscard]] Result<void> settle_left_behind(
    history::Store& store, queue::Queue& queue, const std::string& queue_path,
    const std::function<void(const model::JobLost&)>& lost);

}  // namespace remuda::run
