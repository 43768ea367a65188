// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "remuda/engine/engine.h"
#include "remuda/model/event.h"
#include "remuda/model/fleet.h"
#include "remuda/queue/queue.h"
#include "remuda/run/job_source.h"
#include "remuda/run/recorder.h"
#include "remuda/run/resume.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remuda::cli {

/// Settles what a process has left that was killed while it took jobs, for whoever changes the
/// queue otherwise; `lost` as in KeptQueue::Tellers. Does nothing if nobody was.
[[nodiscard]] Result<void> settle_killed(const Options& options, queue::Lock& lock,
                                         const std::function<void(const model::JobLost&)>& lost);

/// What --resume would go on with, without doing anything.
[[nodiscard]] Result<run::LeftOver> look_at_left_over(
    const Options& options, const model::Fleet& fleet,
    const std::function<void(const std::string&)>& note);

/// The queue of a run, and the store in which its claims, attempts and outcomes are kept.
class KeptQueue {
  public:
    struct Tellers {
        std::function<void(const std::string&)> note;
        /// What an earlier run has lost.
        std::function<void(const model::JobLost&)> lost;
    };

    /// Opens the store and begins this run. What killed runs have left is settled before anything
    /// is taken. `fleet` outlives it, and may grow. `check` is applied whenever the queue file was
    /// read.
    [[nodiscard]] static Result<std::unique_ptr<KeptQueue>> open(const Options& options,
                                                                 engine::Settings::Mode mode,
                                                                 const model::Fleet& fleet,
                                                                 queue::Check check,
                                                                 const Tellers& tellers);
    ~KeptQueue();
    KeptQueue(const KeptQueue&) = delete;
    KeptQueue& operator=(const KeptQueue&) = delete;

    [[nodiscard]] run::JobSource& jobs();
    [[nodiscard]] run::Recorder& recorder();
    /// What earlier runs have left running, for the driver to go on with; once.
    [[nodiscard]] std::vector<model::JobResumed> take_adopted();
    /// Our name for the hosts.
    [[nodiscard]] const std::string& store_id() const;
    /// What the keys of this run's attempts begin with.
    [[nodiscard]] std::string key_prefix() const;
    /// What all keys of this store begin with; and those of `keys` that nobody asks for any more.
    [[nodiscard]] std::string store_prefix() const;
    [[nodiscard]] std::vector<std::string> unwanted(const std::vector<std::string>& keys);
    /// What a host is told of an attempt that outlives its connection (run::ReceiptLabel).
    [[nodiscard]] std::string receipt_label(const model::Job& job, const model::Node& node,
                                            const std::string& command) const;
    /// By which people call a job of this run, once it is known.
    [[nodiscard]] std::optional<std::uint64_t> number_of(model::JobId job) const;
    /// Touched when others ask something of this run.
    [[nodiscard]] const std::string& requests_file() const;
    /// The jobs of this run that others want to be cancelled, since the last time.
    [[nodiscard]] Result<std::vector<model::JobId>> take_requests();
    /// Jobs left in the file, once something was asked of it; `at_start` before.
    [[nodiscard]] std::size_t remaining(std::size_t at_start) const;
    /// Jobs of killed runs that are left to a later run.
    [[nodiscard]] std::size_t kept_for_later() const;

  private:
    struct Impl;
    explicit KeptQueue(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::cli
