// SPDX-License-Identifier: MIT
//
// What the tests of routes share: a user whose usual key lets them in everywhere, and hosts that
// are reached as the test says.
#pragma once

#include "ssh/host_transport.h"
#include "ssh/routes.h"
#include "ssh/shared.h"
#include "ssh_world.h"
#include "support/program.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace remuda::test {

struct Roads {
    explicit Roads(const std::vector<const Sshd*>& servers, const ssh::AskNewHosts& ask = nullptr) {
        if (ask) user.settings.host_key = ssh::HostKeyPolicy::ask;
        user.settings.ask = ask;
        std::filesystem::create_directory(user.home.path(".ssh"));
        const std::string key = user.home.path(".ssh/id_ed25519");
        std::filesystem::copy(SshKeys::shared().user_key(), key);
        std::filesystem::copy(SshKeys::shared().user_key() + ".pub", key + ".pub");
        for (const Sshd* server : servers)
            user.trust(*server);
        user.settings.connect_timeout = std::chrono::seconds(20);
        const Log log(LogLevel::protocol, [this](LogLevel, std::string_view text) {
            notes += std::string(text) + "\n";
        });
        shared = std::make_unique<Client::Shared>(loop, user.settings, log);
    }

    [[nodiscard]] ssh::HostSettings to(const Sshd& server, ssh::Route route) const {
        return to(server.address(), server.port(), std::move(route));
    }
    [[nodiscard]] ssh::HostSettings to(const std::string& address, std::uint16_t port,
                                       ssh::Route route) const {
        ssh::HostSettings settings;
        settings.name = settings.host_name = address;
        settings.port = port;
        settings.user = user.settings.user;
        settings.user_known_hosts = user.settings.known_hosts;
        settings.host_key = user.settings.host_key;
        settings.connect_timeout = user.settings.connect_timeout;
        settings.route = std::move(route);
        return settings;
    }

    Opened visit(const ssh::HostSettings& settings, const Story& story = nullptr) {
        Opened opened;
        ssh::HostTransport transport(*shared, settings);
        loop.run(open_and_run(loop, transport, story, opened));
        return opened;
    }

    User user;
    Loop loop;
    std::string notes;
    std::unique_ptr<Client::Shared> shared;
};

inline ssh::Route through(const std::vector<const Sshd*>& jumps) {
    ssh::JumpRoute route;
    for (const Sshd* jump : jumps)
        route.jumps.push_back({jump->address(), "", jump->port()});
    return route;
}

}  // namespace remuda::test
