// SPDX-License-Identifier: MIT
//
// From hosts.yaml, ssh_config and the command line to the way to a host. Pure, but for `Resolver`.
#pragma once

#include "remuda/base/log.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/model/fleet.h"
#include "remuda/ssh/client.h"
#include "remuda/ssh/host_settings.h"
#include "remuda/ssh_config/ssh_config.h"

#include <memory>
#include <string>

namespace remuda::ssh {

/// What holds for `host` where ssh_config says nothing.
[[nodiscard]] HostSettings plain_settings(const model::Host& host, const Settings& settings);

/// A jump host as if it stood in hosts.yaml.
[[nodiscard]] model::Host host_of(const Jump& jump);

/// hosts.yaml wins over the command line of remuda where both speak of this host, both win over
/// ssh_config, and that over our defaults. An option that the library cannot honour and that
/// changes how or where the connection goes makes it `system_ssh`; one that has no meaning for
/// commands without a terminal (LocalForward, EscapeChar, VisualHostKey ...) is passed over.
/// Code::invalid_input: an option that neither can honour, with its place.
[[nodiscard]] Result<Way> choose_way(const model::Host& host, const ssh_config::Options& options,
                                     const Settings& settings,
                                     const ssh_config::Environment& environment);

/// Resolves hosts, each once. Asks `ssh -G` where the reader cannot tell, some at a time.
class Resolver {
  public:
    Resolver(loop::Loop& loop, const Settings& settings, const Log& log);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    loop::Task<Result<Way>> resolve(model::Host host, loop::Stop& stop);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::ssh
