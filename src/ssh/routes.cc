// SPDX-License-Identifier: MIT
#include "ssh/routes.h"

#include "ssh/dial.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;

Routes::Routes(Client::Shared& shared, Resolve resolve)
    : shared_(shared), resolve_(std::move(resolve)), proxy_commands_(shared.loop, shared.log) {}

Routes::~Routes() = default;

std::string Routes::key_of(const Jumps& jumps) {
    std::string key;
    for (const Jump& jump : jumps) {
        // A line break is in no name.
        key += fmt::format("{}\n{}\n{}\n", jump.name, jump.user, jump.port.value_or(0));
    }
    return key;
}

const Routes::Jumps& Routes::jumps_of(const HostSettings& settings) {
    static const Jumps none;
    const auto* route = std::get_if<JumpRoute>(&settings.route);
    return route == nullptr ? none : route->jumps;
}

Task<Result<std::unique_ptr<Stream>>> Routes::connect(const HostSettings& settings, Stop& stop) {
    if (const auto* route = std::get_if<CommandRoute>(&settings.route)) {
        co_return proxy_commands_.start(route->command, settings.name);
    }
    const Jumps& jumps = jumps_of(settings);
    if (!jumps.empty()) {
        Tunnel::Target target{settings.host_name, settings.port};
        JumpHost& jump = jump_host(jumps);
        co_return co_await jump.open(std::move(target), settings.connect_timeout, stop);
    }
    auto socket =
        co_await dial(shared_.loop, settings, shared_.loop.now() + settings.connect_timeout, stop);
    if (!socket) co_return socket.error();
    co_return socket_stream(shared_.loop, std::move(socket).value());
}

Pacer& Routes::logins(const HostSettings& settings) {
    const std::string key = key_of(jumps_of(settings));
    const std::size_t most = key.empty() ? kMostLogins : kMostLoginsThroughAJump;
    return logins_.try_emplace(key, shared_.loop, most).first->second;
}

JumpHost& Routes::jump_host(const Jumps& jumps) {
    std::unique_ptr<JumpHost>& host = jump_hosts_[key_of(jumps)];
    if (!host) {
        host = std::make_unique<JumpHost>(shared_, jumps.back().name, [this, jumps](Stop& stop) {
            return settings_of(jumps, stop);
        });
    }
    return *host;
}

Task<Result<HostSettings>> Routes::settings_of(Jumps jumps, Stop& stop) {
    auto settings = co_await resolve_(jumps.back(), stop);
    if (!settings) co_return settings.error();
    const std::string key = key_of(jumps);
    // The first of a chain is reached as its own settings say.
    if (jumps.size() > 1) {
        jumps.pop_back();
        settings->route = JumpRoute{std::move(jumps)};
    }
    behind_[key] = key_of(jumps_of(*settings));
    if (is_behind_itself(key)) {
        co_return Error(Code::invalid_input, "ProxyJump leads through this host to itself");
    }
    co_return settings;
}

bool Routes::is_behind_itself(const std::string& key) const {
    std::string at = key;
    for (std::size_t steps = 0; steps <= behind_.size(); ++steps) {
        const auto found = behind_.find(at);
        if (found == behind_.end() || found->second.empty()) return false;
        at = found->second;
        if (at == key) return true;
    }
    return true;
}

Task<> Routes::rest() {
    // The last of a chain first: it is what uses those before it.
    for (;;) {
        const auto idle = std::find_if(jump_hosts_.begin(), jump_hosts_.end(),
                                       [](const auto& each) { return each.second->is_idle(); });
        if (idle == jump_hosts_.end()) break;
        const std::unique_ptr<JumpHost> host = std::move(idle->second);
        jump_hosts_.erase(idle);
        co_await host->close();
    }
    co_await proxy_commands_.rest();
}

}  // namespace remuda::ssh
