// SPDX-License-Identifier: MIT
#include "remuda/ssh/client.h"

#include "remuda/base/check.h"
#include "ssh/host_transport.h"
#include "ssh/shared.h"

#include <chrono>
#include <cstdlib>
#include <utility>

#include <libssh2.h>

#include <pwd.h>
#include <unistd.h>

namespace remuda::ssh {

namespace {

constexpr std::size_t kMostLogins = 64;
constexpr std::size_t kScratchBytes = std::size_t{64} * 1024;

std::unique_ptr<Agent> agent_of(loop::Loop& loop, const Settings& settings) {
    if (settings.agent_socket.empty()) return nullptr;
    return std::make_unique<Agent>(loop, settings.agent_socket);
}

std::string login_name() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read once, before any thread is started.
    const passwd* entry = ::getpwuid(::getuid());
    return entry == nullptr ? "" : entry->pw_name;
}

}  // namespace

Settings settings_from_environment() {
    Settings settings;
    settings.home = home_folder();
    settings.known_hosts = {settings.home + "/.ssh/known_hosts",
                            settings.home + "/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts",
                            "/etc/ssh/ssh_known_hosts2"};
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read once, before any thread is started.
    if (const char* agent = std::getenv("SSH_AUTH_SOCK")) settings.agent_socket = agent;
    settings.user = login_name();
    return settings;
}

Client::Shared::Shared(loop::Loop& loop_given, Settings settings_given, Log log_given)
    : loop(loop_given),
      settings(std::move(settings_given)),
      log(std::move(log_given)),
      trust(loop, settings, log),
      agent(agent_of(loop, settings)),
      identities(agent.get(), settings.home),
      logins(loop, kMostLogins),
      scratch(kScratchBytes),
      random(static_cast<unsigned>(::getpid()) ^
             static_cast<unsigned>(loop.now().time_since_epoch().count())) {
    REMUDA_CHECK(libssh2_init(0) == 0);
}

Client::Client(loop::Loop& loop, Settings settings, Log log)
    : shared_(std::make_unique<Shared>(loop, std::move(settings), std::move(log))) {}

Client::~Client() = default;

std::unique_ptr<transport::Transport> Client::transport(const model::Host& host) {
    return std::make_unique<HostTransport>(*shared_, host);
}

}  // namespace remuda::ssh
