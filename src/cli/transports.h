// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "remuda/base/log.h"
#include "remuda/loop/loop.h"
#include "remuda/model/fleet.h"
#include "remuda/transport/transport.h"

#include <functional>
#include <memory>
#include <vector>

namespace remuda::cli {

struct TransportSettings {
    HostKeyChoice host_key = HostKeyChoice::strict;
    Duration connect_timeout{};
    Log log;
    /// Called with true before the user is asked something on the terminal, with false after it.
    std::function<void(bool)> while_asking;
};

/// The ways to the hosts, and what they share.
class Transports {
  public:
    Transports(loop::Loop& loop, const TransportSettings& settings);
    ~Transports();
    Transports(const Transports&) = delete;
    Transports& operator=(const Transports&) = delete;

    /// One for each host of the fleet, in its order. They do not outlive this object.
    [[nodiscard]] std::vector<std::unique_ptr<transport::Transport>> make(
        const model::Fleet& fleet);
    [[nodiscard]] std::unique_ptr<transport::Transport> make_one(const model::Host& host);

    /// The user wants to stop: an open question is dropped, as if it had been answered with no.
    void drop_question();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::cli
