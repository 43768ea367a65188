// SPDX-License-Identifier: MIT
//
// HostTransport: the pool of connections to one host, and the jobs that wait for a channel.
#pragma once

#include "remuda/transport/transport.h"
#include "ssh/connection.h"
#include "ssh/log_in.h"
#include "ssh/shared.h"
#include "ssh/waiting_jobs.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace remuda::ssh {

class HostTransport final : public transport::Transport, private Connection::Listener {
  public:
    /// `shared` outlives it.
    HostTransport(Client::Shared& shared, HostSettings settings);
    ~HostTransport() override;

    loop::Task<Result<void>> open(loop::Stop& stop) override;
    std::unique_ptr<transport::Execution> start(transport::Command command) override;
    loop::Task<Error> failed(loop::Stop& stop) override;
    loop::Task<> close(Time deadline) override;

  private:
    using Connected = std::unique_ptr<Connection>;

    loop::Task<> serve(Connection& connection);
    loop::Task<> grow();
    void add(Connected connection);
    void dispatch();
    void grow_if_needed();
    void settle_broken(Connection& connection, const Error& reason);
    void fail(const Error& reason);
    // Looks after the waiting jobs again then.
    loop::Task<> dispatch_at(Time time);
    void pause_growth();

    void on_done(Connection& connection) override;
    void on_refused(Connection& connection, std::shared_ptr<RemoteJob> job) override;

    // Set once.
    Client::Shared& shared_;

    // Loop thread only.
    Login login_;
    std::vector<Connected> connections_;
    WaitingJobs pending_;
    std::size_t connecting_ = 0;
    // Refusals in a row on connections that had no other channel, and connections in a row that
    // broke before a channel was opened.
    int bare_refusals_ = 0;
    int fruitless_connections_ = 0;
    Time no_growth_before_;
    std::chrono::nanoseconds growth_pause_;
    std::optional<Error> failure_;
    bool is_closing_ = false;
    loop::Stop stop_;
    loop::Notice failed_;
    loop::Scope scope_;
};

}  // namespace remuda::ssh
