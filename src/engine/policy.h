// SPDX-License-Identifier: MIT
#pragma once

#include "engine/core.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace remuda::engine {

/// What makes one mode differ from another. Told of what happened after the Core's books are right.
class Policy {
  public:
    virtual ~Policy() = default;

    /// A job is ours to run.
    virtual void job_taken(model::Job job) = 0;
    /// An attempt failed, and another one is due after `delay`.
    virtual void retry_planned(Core& core, Retrying retrying, Duration delay) = 0;
    /// That delay is over.
    virtual void retry_due(std::uint64_t key) = 0;
    /// No further attempt at this job is wanted.
    virtual void job_cancelled(Core& core, model::JobId job) = 0;
    /// A node refused an attempt: the job is free to run elsewhere.
    virtual void attempt_refused(Attempt attempt, const std::string& reason) = 0;
    /// A node that may have been coming is up or down now.
    virtual void node_settled(model::NodeId node) { (void)node; }
    /// Does what can be done now: starts, puts back, takes. Called after each event, also after the
    /// run was left at once, when late answers may bring jobs that must be put back.
    virtual void advance(Core& core) = 0;

    [[nodiscard]] virtual Fit fit(Core& core, const model::Needs& needs) const = 0;
    /// For needs that fit now: jobs like it that could be started now; at least 1.
    [[nodiscard]] virtual std::size_t room(const Core& core, const model::Needs& needs) const {
        (void)core;
        (void)needs;
        return 1;
    }
    /// Jobs are held that neither run nor were put back.
    [[nodiscard]] virtual bool has_pending() const = 0;
};

[[nodiscard]] std::unique_ptr<Policy> make_queue_mode();
[[nodiscard]] std::unique_ptr<Policy> make_broadcast_mode();

}  // namespace remuda::engine
