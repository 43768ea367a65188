// SPDX-License-Identifier: MIT
#include "remuda/ssh/client.h"

#include "remuda/base/check.h"
#include "ssh/resolved_transport.h"
#include "ssh/routes.h"
#include "ssh/shared.h"

#include <array>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <libssh2.h>

#include <pwd.h>
#include <unistd.h>

namespace remuda::ssh {

namespace {

constexpr std::size_t kScratchBytes = std::size_t{64} * 1024;

// What the user database says of the user of this process. ssh takes the home folder from there,
// too.
struct LocalUser {
    std::string name;
    std::string home;

    LocalUser() {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): read once, before any thread is started.
        const passwd* entry = ::getpwuid(::getuid());
        if (entry == nullptr) return;
        name = entry->pw_name;
        home = entry->pw_dir;
    }
};

std::optional<std::string> variable(const std::string& name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing of ours changes the environment.
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

std::vector<std::pair<std::string, std::string>> all_variables() {
    std::vector<std::pair<std::string, std::string>> all;
    for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
        const std::string_view entry(*at);
        const std::size_t equals = entry.find('=');
        if (equals == std::string_view::npos) continue;
        all.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
    }
    return all;
}

bool has_kerberos_ticket() {
    if (variable("KRB5CCNAME")) return true;
    return ::access(fmt::format("/tmp/krb5cc_{}", ::getuid()).c_str(), R_OK) == 0;
}

std::string name_of_this_host() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// A host that needs ssh does not get here: those behind it go by ssh, too.
loop::Task<Result<HostSettings>> jump_settings(Resolver& resolver, Jump jump, loop::Stop& stop) {
    auto way = co_await resolver.resolve(host_of(jump), stop);
    if (!way) co_return way.error();
    // What is meant for the hosts is no business of those in between.
    way->settings.takes_password = false;
    co_return std::move(way->settings);
}

}  // namespace

Settings settings_from_environment(const std::string& ssh_config_file) {
    const LocalUser user;
    Settings settings;
    settings.home = home_folder();
    settings.known_hosts = {settings.home + "/.ssh/known_hosts",
                            settings.home + "/.ssh/known_hosts2"};
    settings.global_known_hosts = {"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"};
    settings.agent_socket = variable("SSH_AUTH_SOCK").value_or("");
    settings.user = user.name;
    settings.variables = all_variables();
    settings.has_ticket = has_kerberos_ticket();
    settings.ssh_config_file = ssh_config_file;
    if (ssh_config_file == "none") return settings;
    ssh_config::Environment& environment = settings.ssh_config.emplace();
    environment.home = user.home;
    environment.user = user.name;
    environment.uid = ::getuid();
    environment.host_name = name_of_this_host();
    environment.variable = variable;
    if (!ssh_config_file.empty()) {
        environment.user_config = ssh_config_file;
        environment.system_config.clear();
    }
    return settings;
}

Client::Shared::Shared(loop::Loop& loop_given, Settings settings_given, Log log_given)
    : loop(loop_given),
      settings(std::move(settings_given)),
      log(std::move(log_given)),
      trust(loop, settings, log),
      resolver(loop, settings, log),
      agents(loop),
      identities(loop, settings.home, settings.ask_secret),
      scratch(kScratchBytes),
      random(static_cast<unsigned>(::getpid()) ^
             static_cast<unsigned>(loop.now().time_since_epoch().count())),
      reach(std::make_unique<Routes>(*this, [this](Jump jump, loop::Stop& stop) {
          return jump_settings(resolver, std::move(jump), stop);
      })) {
    REMUDA_CHECK(libssh2_init(0) == 0);
}

Client::Client(loop::Loop& loop, Settings settings, Log log)
    : shared_(std::make_unique<Shared>(loop, std::move(settings), std::move(log))) {}

Client::~Client() = default;

std::unique_ptr<transport::Transport> Client::transport(const model::Host& host) {
    return std::make_unique<ResolvedTransport>(*shared_, host);
}

}  // namespace remuda::ssh
