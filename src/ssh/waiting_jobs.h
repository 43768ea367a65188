// SPDX-License-Identifier: MIT
#pragma once

#include "ssh/remote_job.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

namespace remuda::ssh {

/// Jobs of one host that wait for a place on a connection, in order. One that is asked to end while
/// it waits is refused at once.
class WaitingJobs {
  public:
    using JobPtr = std::shared_ptr<RemoteJob>;

    WaitingJobs() = default;
    WaitingJobs(const WaitingJobs&) = delete;
    WaitingJobs& operator=(const WaitingJobs&) = delete;

    void add_last(const JobPtr& job);
    /// Before those that wait already.
    void add_first(const JobPtr& job);
    /// The next in order, which waits no more. Only while there is one.
    [[nodiscard]] JobPtr take_next();
    void refuse_all(const std::string& reason);

    [[nodiscard]] bool empty() const { return jobs_.empty(); }
    [[nodiscard]] std::size_t size() const { return jobs_.size(); }

  private:
    void listen_to(const JobPtr& job);
    void withdraw(const JobPtr& job);

    std::deque<JobPtr> jobs_;
};

}  // namespace remuda::ssh
