// SPDX-License-Identifier: MIT
//
// Login: from the settings of a host to a connection that is ready to serve: reach it, exchange
// keys, judge the host key, authenticate. The same for hosts that run commands and for jump hosts.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/host_settings.h"
#include "ssh/connection.h"
#include "ssh/pacer.h"
#include "ssh/shared.h"
#include "ssh/trust.h"

#include <cstddef>
#include <memory>
#include <string>

namespace remuda::ssh {

class Login {
  public:
    /// sshd drops connections at random beyond 10 that have not logged in (MaxStartups 10:30:100).
    static constexpr std::size_t kMostAtOnce = 8;

    /// `shared` outlives it.
    Login(Client::Shared& shared, HostSettings settings);

    /// One connection; with retries where the server asks for patience. Any number at a time.
    loop::Task<Result<std::unique_ptr<Connection>>> connect(loop::Stop& stop);

    [[nodiscard]] const HostSettings& settings() const { return host_; }

  private:
    using Connected = std::unique_ptr<Connection>;

    // What stands in the way of one connection, and may not in that of the next.
    struct Obstacle {
        enum class Kind { none, new_host_key, locked_key, cut };
        Kind kind = Kind::none;
        /// The host key, or the path of the locked file.
        std::string what;
    };

    loop::Task<Result<Connected>> try_connect(Trust::Arrival& arrival, Attempts& attempts,
                                              loop::Stop& stop);
    loop::Task<Result<Connected>> log_in(Trust::Arrival& arrival, Attempts& attempts,
                                         Obstacle& obstacle, loop::Stop& stop);
    loop::Task<Result<void>> authenticate(Connection& connection, Attempts& attempts,
                                          Obstacle& obstacle, Time deadline, loop::Stop& stop);
    // The next time that the way to this host is asked for, it is ssh.
    [[nodiscard]] bool may_go_by_ssh() const;
    void note_missing_algorithm(const Connection& connection);

    // Set once.
    Client::Shared& shared_;
    const HostSettings host_;

    // Loop thread only.
    Pacer logins_;
    // Blob of the key that the server took last: it is offered first from then on.
    std::string accepted_;
};

}  // namespace remuda::ssh
