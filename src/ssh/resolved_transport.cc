// SPDX-License-Identifier: MIT
#include "ssh/resolved_transport.h"

#include "remuda/base/check.h"
#include "ssh/host_transport.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;

namespace {

// Longer chains are circles, of which whoever goes them tells.
constexpr int kMostJumps = 16;

void take_what_was_learned(const Client::Shared& shared, Way& way) {
    const std::string* const why = shared.beyond_library.why(way.settings);
    if (why == nullptr) return;
    way.kind = Way::Kind::system_ssh;
    way.why = *why;
}

// The way to one host, whatever lies before it.
Task<Result<Way>> find_last_way(Client::Shared& shared, model::Host host, Stop& stop) {
    auto way = co_await shared.resolver.resolve(std::move(host), stop);
    if (!way) co_return way.error();
    const bool is_library = way->kind == Way::Kind::library;
    if (is_library && shared.trust.is_certificate_only(way->settings)) {
        way->kind = Way::Kind::system_ssh;
        way->why = "known_hosts trusts it by a certificate authority";
    } else if (is_library) {
        take_what_was_learned(shared, *way);
    }
    co_return std::move(way);
}

// Why ssh is needed before the host is reached; empty: it is not.
Task<Result<std::string>> trouble_before(Client::Shared& shared, JumpRoute route, int depth,
                                         Stop& stop) {
    if (depth > kMostJumps) co_return std::string();
    for (std::size_t i = 0; i < route.jumps.size(); ++i) {
        const Jump jump = route.jumps[i];
        auto way = co_await find_last_way(shared, host_of(jump), stop);
        if (!way) co_return way.error().within("jump host " + jump.name);
        if (way->kind == Way::Kind::system_ssh) {
            co_return fmt::format("jump host {}: {}", jump.name, way->why);
        }
        // As for ssh: only the first of a list is reached as its own ssh_config says.
        const auto* before = std::get_if<JumpRoute>(&way->settings.route);
        if (i > 0 || before == nullptr) continue;
        auto trouble = co_await trouble_before(shared, *before, depth + 1, stop);
        if (!trouble || !trouble->empty()) co_return trouble;
    }
    co_return std::string();
}

}  // namespace

Task<Result<Way>> find_way(Client::Shared& shared, model::Host host, Stop& stop) {
    auto way = co_await find_last_way(shared, std::move(host), stop);
    if (!way || way->kind == Way::Kind::system_ssh) co_return std::move(way);
    const auto* route = std::get_if<JumpRoute>(&way->settings.route);
    if (route == nullptr) co_return std::move(way);
    auto trouble = co_await trouble_before(shared, *route, 0, stop);
    if (!trouble) co_return trouble.error();
    if (!trouble->empty()) {
        way->kind = Way::Kind::system_ssh;
        way->why = std::move(*trouble);
    }
    co_return std::move(way);
}

SystemSsh system_ssh_for(const model::Host& host, const HostSettings& settings,
                         const Settings& of_all) {
    SystemSsh ssh;
    const auto add = [&](std::string option) {
        ssh.options.emplace_back("-o");
        ssh.options.push_back(std::move(option));
    };
    if (!of_all.ssh_config_file.empty()) ssh.options = {"-F", of_all.ssh_config_file};
    if (host.port) add(fmt::format("Port={}", *host.port));
    for (const std::string& file : host.identity_files)
        add("IdentityFile=\"" + expanded_home(file, of_all.home) + "\"");
    if (of_all.host_key_wins) {
        // Where ssh would ask, it refuses: nobody is there to answer it.
        const bool accepts = of_all.host_key == HostKeyPolicy::accept_new;
        add(accepts ? "StrictHostKeyChecking=accept-new" : "StrictHostKeyChecking=yes");
    }
    if (of_all.connect_timeout_wins) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(settings.connect_timeout);
        add(fmt::format("ConnectTimeout={}", seconds.count()));
    }
    ssh.name = host.user.empty() ? host.name : host.user + "@" + host.name;
    if (of_all.password != nullptr)
        ssh.refusal_hint = "a password is not given to the system's ssh";
    ssh.login_timeout = settings.connect_timeout + settings.login_timeout;
    ssh.alive_interval = settings.alive_interval;
    ssh.alive_count = settings.alive_count;
    return ssh;
}

std::unique_ptr<transport::Transport> make_transport(Client::Shared& shared,
                                                     const model::Host& host, Way way) {
    if (way.kind == Way::Kind::library) {
        return std::make_unique<HostTransport>(shared, std::move(way.settings));
    }
    SystemSsh ssh = system_ssh_for(host, way.settings, shared.settings);
    ssh.logins = &shared.reach->logins(way.settings);
    return make_system_transport(shared.loop, std::move(ssh), shared.log);
}

Task<std::optional<Way>> find_other_way(Client::Shared& shared, model::Host host, Error failure,
                                        Stop& stop) {
    if (failure.code() != Code::protocol) co_return std::nullopt;
    auto way = co_await find_way(shared, std::move(host), stop);
    if (!way || way->kind == Way::Kind::library) co_return std::nullopt;
    co_return std::move(*way);
}

void ResolvedTransport::take(Way way) {
    if (way.kind == Way::Kind::system_ssh) {
        shared_.log(LogLevel::detail,
                    fmt::format("{}: by the system's ssh: {}", host_.name, way.why));
    }
    inner_ = make_transport(shared_, host_, std::move(way));
}

Task<Result<void>> ResolvedTransport::open(Stop& stop) {
    bool is_by_library = false;
    {
        // The question about new host keys waits for those that are still being resolved.
        const Trust::Arrival arrival(shared_.trust);
        auto way = co_await find_way(shared_, host_, stop);
        if (!way) co_return way.error();
        is_by_library = way->kind == Way::Kind::library;
        take(std::move(*way));
    }
    auto opened = co_await inner_->open(stop);
    if (opened || !is_by_library) co_return opened;
    auto other = co_await find_other_way(shared_, host_, opened.error(), stop);
    if (!other) co_return opened;
    co_await inner_->close(shared_.loop.now());
    take(std::move(*other));
    co_return co_await inner_->open(stop);
}

std::unique_ptr<transport::Execution> ResolvedTransport::start(transport::Command command) {
    REMUDA_CHECK(inner_ != nullptr);
    return inner_->start(std::move(command));
}

Task<Error> ResolvedTransport::failed(Stop& stop) {
    REMUDA_CHECK(inner_ != nullptr);
    co_return co_await inner_->failed(stop);
}

Task<> ResolvedTransport::close(Time deadline) {
    if (inner_) co_await inner_->close(deadline);
}

}  // namespace remuda::ssh
