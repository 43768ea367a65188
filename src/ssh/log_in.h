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

    loop::Task<Result<Connected>> try_connect(Trust::Arrival& arrival, loop::Stop& stop);
    loop::Task<Result<Connected>> log_in(Trust::Arrival& arrival, std::string& new_key,
                                         loop::Stop& stop);
    // The next time that the way to this host is asked for, it is ssh.
    void note_missing_algorithm(const Connection& connection);

    // Set once.
    Client::Shared& shared_;
    const HostSettings host_;

    // Loop thread only.
    Pacer logins_;
};

}  // namespace remuda::ssh
