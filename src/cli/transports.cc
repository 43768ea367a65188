// SPDX-License-Identifier: MIT
#include "cli/transports.h"

#include "cli/askpass.h"
#include "cli/questions.h"
#include "cli/terminal.h"
#include "remuda/local/local.h"
#include "remuda/shim/programs.h"
#include "remuda/ssh/client.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <sys/resource.h>

namespace remuda::cli {

namespace {

ssh::HostKeyPolicy policy_of(HostKeyChoice choice) {
    switch (choice) {
        case HostKeyChoice::ask:
            return ssh::HostKeyPolicy::ask;
        case HostKeyChoice::accept_new:
            return ssh::HostKeyPolicy::accept_new;
        case HostKeyChoice::strict:
            break;
    }
    return ssh::HostKeyPolicy::strict;
}

shim::ShimSettings::Use use_of(ShimChoice choice) {
    switch (choice) {
        case ShimChoice::never:
            return shim::ShimSettings::Use::never;
        case ShimChoice::always:
            return shim::ShimSettings::Use::always;
        case ShimChoice::automatic:
            break;
    }
    return shim::ShimSettings::Use::automatic;
}

constexpr std::uint16_t kUsualPort = 22;

NewHost shown(const ssh::NewHost& host) {
    const std::string name =
        host.port == kUsualPort ? host.name : fmt::format("{}:{}", host.name, host.port);
    return {name, host.key_type, host.fingerprint, host.place};
}

loop::Task<std::vector<bool>> ask(Questions& questions, std::vector<ssh::NewHost> hosts,
                                  loop::Stop& stop) {
    std::vector<NewHost> asked;
    asked.reserve(hosts.size());
    for (const ssh::NewHost& host : hosts)
        asked.push_back(shown(host));
    co_return co_await questions.ask_new_hosts(std::move(asked), stop);
}

bool can_ask(const output::Screen& screen) {
    return screen.err_is_terminal && has_terminal();
}

}  // namespace

TransportSettings transport_settings(const Options& options, const output::Screen& screen) {
    TransportSettings settings;
    settings.can_ask = can_ask(screen);
    settings.host_key =
        options.host_key.value_or(settings.can_ask ? HostKeyChoice::ask : HostKeyChoice::strict);
    settings.host_key_wins = options.host_key.has_value();
    settings.connect_timeout = options.connect_timeout;
    settings.ssh_config = options.ssh_config;
    settings.shim.use = use_of(options.shim);
    return settings;
}

void raise_descriptor_limit(const model::Fleet& fleet) {
    rlim_t needed = 128 + 2 * fleet.hosts.size();
    for (const model::Node& node : fleet.nodes)
        needed += 4 * static_cast<rlim_t>(node.slots);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return;
    limit.rlim_cur = std::min(limit.rlim_max, needed);
    // Without it, what finds no descriptor waits or is refused.
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

struct Transports::Impl {
    Impl(loop::Loop& on, ssh::Settings settings, const TransportSettings& given)
        : loop(on),
          questions(on, given.while_asking, askpass_program(given.can_ask)),
          client(on, with_questions(settings, given), given.log) {}

    ssh::Settings with_questions(ssh::Settings& settings, const TransportSettings& given) {
        settings.ask = [this](std::vector<ssh::NewHost> hosts, loop::Stop& stop) {
            return ask(questions, std::move(hosts), stop);
        };
        if (given.can_ask || !askpass_program(given.can_ask).empty()) {
            settings.ask_secret = [this](std::string question, loop::Stop& stop) {
                return questions.ask_secret(std::move(question), stop);
            };
        }
        return std::move(settings);
    }

    loop::Loop& loop;
    Questions questions;
    ssh::Client client;
    shim::ShimSettings shim;
    // Hosts of which it was said that the shim does not run there.
    std::set<std::string> told;
};

Transports::Transports(loop::Loop& loop, const TransportSettings& settings) {
    ssh::Settings of_ssh = ssh::settings_from_environment(settings.ssh_config);
    of_ssh.host_key = policy_of(settings.host_key);
    of_ssh.host_key_wins = settings.host_key_wins;
    of_ssh.connect_timeout_wins = settings.connect_timeout.has_value();
    if (settings.connect_timeout) of_ssh.connect_timeout = *settings.connect_timeout;
    of_ssh.password = settings.password;
    impl_ = std::make_unique<Impl>(loop, std::move(of_ssh), settings);
    impl_->shim = settings.shim;
    using Use = shim::ShimSettings::Use;
    if (impl_->shim.use == Use::automatic && shim::programs().empty()) {
        impl_->shim.use = Use::never;
        settings.log(LogLevel::detail, "this remuda was built without the shim");
    }
    // A host that was down and is back has another transport, which need not tell it again.
    impl_->shim.notice = [&told = impl_->told, log = settings.log](const std::string& host,
                                                                   const std::string& text) {
        if (told.insert(host).second) log(LogLevel::note, fmt::format("{} {}", host, text));
    };
}

Transports::~Transports() = default;

ssh::Client& Transports::client() {
    return impl_->client;
}

bool Transports::runs_by_shim(const model::Host& host) const {
    return impl_->shim.use != shim::ShimSettings::Use::never && !host.is_local &&
           !impl_->told.contains(host.name);
}

void Transports::drop_questions() {
    impl_->questions.drop();
}

void Transports::suspend_question(bool is_suspended) {
    impl_->questions.suspend(is_suspended);
}

std::vector<std::unique_ptr<transport::Transport>> Transports::make(const model::Fleet& fleet) {
    std::vector<std::unique_ptr<transport::Transport>> transports;
    transports.reserve(fleet.hosts.size());
    for (const model::Host& host : fleet.hosts)
        transports.push_back(make_one(host));
    return transports;
}

std::unique_ptr<transport::Transport> Transports::make_one(const model::Host& host) {
    if (impl_->shim.use == shim::ShimSettings::Use::never) return make_plain(host);
    shim::ShimSettings settings = impl_->shim;
    settings.dir = host.shim_dir;
    return shim::make_shim_transport(impl_->loop, make_plain(host), host, std::move(settings));
}

std::unique_ptr<shim::ShimTransport> Transports::make_with_shim(const model::Host& host) {
    return make_with_shim(host, make_plain(host));
}

std::unique_ptr<shim::ShimTransport> Transports::make_with_shim(
    const model::Host& host, std::unique_ptr<transport::Transport> plain) {
    shim::ShimSettings settings;
    settings.use = shim::ShimSettings::Use::always;
    settings.dir = host.shim_dir;
    // Of itself it starts nothing that has a key.
    settings.durable = true;
    return shim::make_shim_transport(impl_->loop, std::move(plain), host, std::move(settings));
}

std::unique_ptr<transport::Transport> Transports::make_plain(const model::Host& host) {
    return host.is_local ? local::make_local_transport(impl_->loop) : impl_->client.transport(host);
}

}  // namespace remuda::cli
