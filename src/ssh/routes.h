// SPDX-License-Identifier: MIT
//
// Routes: the ways to hosts: by TCP, by a ProxyCommand, through jump hosts.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/host_settings.h"
#include "ssh/jump_host.h"
#include "ssh/pacer.h"
#include "ssh/proxy_commands.h"
#include "ssh/reach.h"
#include "ssh/shared.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace remuda::ssh {

class Routes final : public Reach {
  public:
    /// What ssh_config says of a jump host.
    using Resolve = std::function<loop::Task<Result<HostSettings>>(Jump jump, loop::Stop& stop)>;

    /// Logins under way at once: to all that is reached from here, and through one jump host.
    static constexpr std::size_t kMostLogins = 64;
    static constexpr std::size_t kMostLoginsThroughAJump = 32;

    /// `shared` outlives it.
    Routes(Client::Shared& shared, Resolve resolve);
    ~Routes() override;

    loop::Task<Result<std::unique_ptr<Stream>>> connect(const HostSettings& settings,
                                                        loop::Stop& stop) override;
    [[nodiscard]] Pacer& logins(const HostSettings& settings) override;
    loop::Task<> rest() override;

  private:
    using Jumps = std::vector<Jump>;

    /// What stands for a chain of jumps in the maps; empty for none.
    [[nodiscard]] static std::string key_of(const Jumps& jumps);
    [[nodiscard]] static const Jumps& jumps_of(const HostSettings& settings);
    JumpHost& jump_host(const Jumps& jumps);
    loop::Task<Result<HostSettings>> settings_of(Jumps jumps, loop::Stop& stop);
    [[nodiscard]] bool is_behind_itself(const std::string& key) const;

    // Set once.
    Client::Shared& shared_;
    const Resolve resolve_;

    // Loop thread only. By the chain that ends with the jump host.
    std::map<std::string, std::unique_ptr<JumpHost>> jump_hosts_;
    std::map<std::string, Pacer> logins_;
    // The chain that each jump host is reached through, once that is known.
    std::map<std::string, std::string> behind_;
    ProxyCommands proxy_commands_;
};

}  // namespace remuda::ssh
