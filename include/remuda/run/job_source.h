// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "remuda/model/job.h"
#include "remuda/queue/queue.h"

#include <memory>

namespace remuda::run {

/// Where a run takes its jobs from. The contracts are those of queue::Queue, which is what it is
/// but in tests that hold their jobs in memory.
class JobSource {
  public:
    virtual ~JobSource() = default;
    /// Code::timed_out: another process keeps the store locked; not now, try again.
    [[nodiscard]] virtual Result<queue::TakeResult> take(const queue::Admit& admit,
                                                         bool is_burst) = 0;
    /// Code::locked: not now, try again.
    [[nodiscard]] virtual Result<void> put_back(const model::Job& job) = 0;
    /// Code::locked: not now, try again.
    [[nodiscard]] virtual Result<void> tidy(bool /*is_pause*/) { return {}; }
    [[nodiscard]] virtual bool has_changed() const = 0;
    /// What the queue is checked against has changed: it is to be checked again.
    virtual void recheck() {}
};

/// `queue` outlives it.
[[nodiscard]] std::unique_ptr<JobSource> make_source(queue::Queue& queue);

}  // namespace remuda::run
