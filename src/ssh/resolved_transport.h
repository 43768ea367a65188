// SPDX-License-Identifier: MIT
//
// ResolvedTransport: a host whose way is found when it is opened, and which is then reached by it.
#pragma once

#include "remuda/transport/transport.h"
#include "ssh/shared.h"
#include "ssh/system_transport.h"

#include <memory>
#include <optional>

namespace remuda::ssh {

class ResolvedTransport final : public transport::Transport {
  public:
    /// `shared` outlives it.
    ResolvedTransport(Client::Shared& shared, model::Host host)
        : shared_(shared), host_(std::move(host)) {}

    loop::Task<Result<void>> open(loop::Stop& stop) override;
    std::unique_ptr<transport::Execution> start(transport::Command command) override;
    loop::Task<Error> failed(loop::Stop& stop) override;
    loop::Task<> close(Time deadline) override;

  private:
    // Makes the transport for it.
    void take(Way way);

    Client::Shared& shared_;
    const model::Host host_;
    // Null until the way is known.
    std::unique_ptr<transport::Transport> inner_;
};

/// The way to `host`, with what only the known_hosts files tell.
loop::Task<Result<Way>> find_way(Client::Shared& shared, model::Host host, loop::Stop& stop);

/// The system's ssh, if that the library failed with `failure` has shown that it is needed.
loop::Task<std::optional<Way>> find_other_way(Client::Shared& shared, model::Host host,
                                              Error failure, loop::Stop& stop);

/// What the system's ssh must be told beyond the files.
[[nodiscard]] SystemSsh system_ssh_for(const model::Host& host, const HostSettings& settings,
                                       const Settings& of_all);

/// `way.settings` by the way that was chosen.
[[nodiscard]] std::unique_ptr<transport::Transport> make_transport(Client::Shared& shared,
                                                                   const model::Host& host,
                                                                   Way way);

}  // namespace remuda::ssh
