// SPDX-License-Identifier: MIT
//
// JumpHost: one host on the way to others, shared by all that are behind it: a few connections of
// ours, logged in like any other, and the tunnels over them. The server's limit of sessions a
// connection does not hold for tunnels.
//
// Bounds: at most 4 connections (about 45 KB each); for each tunnel see Tunnel.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/host_settings.h"
#include "ssh/connection.h"
#include "ssh/log_in.h"
#include "ssh/reach.h"
#include "ssh/shared.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remuda::ssh {

class JumpHost final : private Connection::Listener {
  public:
    using Resolve = std::function<loop::Task<Result<HostSettings>>(loop::Stop& stop)>;

    /// A further connection for each so many tunnels, up to so many connections.
    static constexpr std::size_t kTunnelsAConnection = 16;
    static constexpr std::size_t kMostConnections = 4;

    /// `name` is for messages. `resolve` is asked once, unless it fails. `shared` outlives it.
    JumpHost(Client::Shared& shared, std::string name, Resolve resolve);
    ~JumpHost() override;

    /// A tunnel to `target`, within `limit` from when a connection to the jump host is up. Errors:
    /// unreachable (refused, or the jump host is), timed_out, stopped, not_authorised; with the
    /// jump host's name. The stream does not outlive this.
    loop::Task<Result<std::unique_ptr<Stream>>> open(Tunnel::Target target, Duration limit,
                                                     loop::Stop& stop);

    /// Nobody has a stream, or waits for one.
    [[nodiscard]] bool is_idle() const { return users_ == 0; }
    /// Says goodbye. Await it before this is destroyed.
    loop::Task<> close();

  private:
    class TunnelStream;
    loop::Task<Result<Connection*>> connection(loop::Stop& stop);
    loop::Task<Result<std::unique_ptr<Connection>>> log_in();
    loop::Task<> grow();
    loop::Task<> serve(Connection& connection);
    [[nodiscard]] std::string silent_jump(Time since) const;
    [[nodiscard]] Connection* roomiest() const;
    void grow_if_needed();

    // It is given no jobs.
    void on_done(Connection& /*connection*/) override {}
    void on_refused(Connection& /*connection*/, std::shared_ptr<RemoteJob> /*job*/) override {}

    // Set once.
    Client::Shared& shared_;
    const std::string name_;
    const Resolve resolve_;

    // Loop thread only.
    std::unique_ptr<Login> login_;
    std::vector<std::unique_ptr<Connection>> connections_;
    bool is_connecting_ = false;
    std::size_t users_ = 0;
    // Why the last login failed; for all who want a connection then, or soon after.
    std::optional<Error> failure_;
    Time failure_holds_until_;
    loop::Notice changed_;
    loop::Stop stop_;
    loop::Scope scope_;
};

}  // namespace remuda::ssh
