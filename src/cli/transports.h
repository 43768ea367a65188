// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "remuda/base/log.h"
#include "remuda/base/secret.h"
#include "remuda/loop/loop.h"
#include "remuda/model/fleet.h"
#include "remuda/output/reader.h"
#include "remuda/shim/shim_transport.h"
#include "remuda/ssh/client.h"
#include "remuda/transport/transport.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remuda::cli {

struct TransportSettings {
    HostKeyChoice host_key = HostKeyChoice::strict;
    /// The user chose `host_key`: ssh_config does not change it.
    bool host_key_wins = false;
    /// Absent: as ssh_config says.
    std::optional<Duration> connect_timeout;
    std::string ssh_config;
    /// There is a terminal to ask on.
    bool can_ask = false;
    /// For hosts that take no key; null: none. Owned by those who connect.
    std::shared_ptr<const Secret> password;
    /// For runs: names and folders of hosts, and who is told what, are filled in here.
    shim::ShimSettings shim;
    Log log;
    /// Called with true before the user is asked something on the terminal, with false after it.
    std::function<void(bool)> while_asking;
};

/// What the command line says of connections. The log and who is told of questions are the
/// caller's.
[[nodiscard]] TransportSettings transport_settings(const Options& options,
                                                   const output::Screen& screen);

/// Enough descriptors for the fleet, where the usual limit (1,024) is not: one for each connection
/// and three for each command that runs here.
void raise_descriptor_limit(const model::Fleet& fleet);

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
    /// The way to the host without the shim.
    [[nodiscard]] std::unique_ptr<transport::Transport> make_plain(const model::Host& host);
    /// With the shim, or not at all.
    [[nodiscard]] std::unique_ptr<shim::ShimTransport> make_with_shim(const model::Host& host);
    /// The same over a way that is given, to follow what others have started there.
    [[nodiscard]] std::unique_ptr<shim::ShimTransport> make_with_shim(
        const model::Host& host, std::unique_ptr<transport::Transport> plain);

    [[nodiscard]] ssh::Client& client();
    /// As far as is known: where the shim may be used it is, until it is found not to run there.
    [[nodiscard]] bool runs_by_shim(const model::Host& host) const;

    /// The user wants to stop: the open question, and those to come, are answered with no.
    void drop_questions();
    /// This process is about to be stopped (ctrl-z), or goes on.
    void suspend_question(bool is_suspended);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::cli
