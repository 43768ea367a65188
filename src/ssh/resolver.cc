// SPDX-License-Identifier: MIT
#include "ssh/ask_ssh.h"
#include "ssh/pacer.h"
#include "ssh/way.h"

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::ssh {

using loop::Stop;
using loop::Task;
using ssh_config::Config;
using ssh_config::Options;
using ssh_config::Request;
using ssh_config::Unclear;

namespace {

// `ssh -G` costs several milliseconds of CPU, and runs what `Match exec` names.
constexpr std::size_t kMostChildren = 4;
constexpr auto kChildTime = std::chrono::seconds(20);

bool is_readable(const std::string& path) {
    return !path.empty() && ::access(path.c_str(), R_OK) == 0;
}

// Without any file there is nothing to resolve.
bool has_files(const ssh_config::Environment& environment) {
    const std::string user = environment.user_config.empty() ? environment.home + "/.ssh/config"
                                                             : environment.user_config;
    return is_readable(user) || is_readable(environment.system_config);
}

Request request_for(const model::Host& host) {
    return {host.name, host.user, host.port};
}

}  // namespace

struct Resolver::Impl {
    Impl(loop::Loop& on, const Settings& with, const Log& to)
        : loop(on),
          settings(with),
          log(to),
          environment(with.ssh_config.value_or(ssh_config::Environment())),
          children(on, kMostChildren) {
        if (settings.ssh_config && has_files(environment)) {
            config = std::make_unique<Config>(environment);
        }
    }

    // What was found for one name, user and port.
    struct Entry {
        // Null until it is known.
        std::unique_ptr<const Result<Options>> options;
        loop::Notice found;
    };
    using Key = std::tuple<std::string, std::string, std::optional<std::uint16_t>>;

    // Nothing that holds when it is asked for anew.
    static bool is_passing(const Entry& entry) {
        if (entry.options == nullptr || entry.options->has_value()) return false;
        const Code code = entry.options->error().code();
        return code == Code::stopped || code == Code::timed_out;
    }
    Task<Result<Options>> find(Request request, Stop& stop);
    Task<Result<Options>> ask_ssh(Request request, Unclear unclear, Stop& stop);
    void tell(const Way& way);

    loop::Loop& loop;
    const Settings& settings;
    const Log& log;
    const ssh_config::Environment environment;
    // Null: there is nothing to read.
    std::unique_ptr<Config> config;
    Pacer children;
    std::map<Key, Entry> entries;
    std::set<std::string> told;
};

Resolver::Resolver(loop::Loop& loop, const Settings& settings, const Log& log)
    : impl_(std::make_unique<Impl>(loop, settings, log)) {}
Resolver::~Resolver() = default;

Task<Result<Way>> Resolver::resolve(model::Host host, Stop& stop) {
    Options options;
    if (impl_->config) {
        Request request = request_for(host);
        auto found = co_await impl_->find(std::move(request), stop);
        if (!found) co_return found.error();
        options = std::move(*found);
    }
    auto way = choose_way(host, options, impl_->settings, impl_->environment);
    if (way) impl_->tell(*way);
    co_return std::move(way);
}

Task<Result<Options>> Resolver::Impl::find(Request request, Stop& stop) {
    const auto [at, is_new] = entries.try_emplace(Key{request.name, request.user, request.port});
    Entry& entry = at->second;
    if (is_new || is_passing(entry)) {
        entry.options.reset();
    } else {
        while (!entry.options) {
            const loop::Wake wake = co_await loop.wait(entry.found, kNever, stop);
            if (wake == loop::Wake::stopped) co_return Error(Code::stopped, "stopped");
        }
        co_return *entry.options;
    }
    auto read = config->resolve(request);
    if (!read) {
        entry.options = std::make_unique<Result<Options>>(read.error());
    } else if (auto* options = std::get_if<Options>(&*read)) {
        entry.options = std::make_unique<Result<Options>>(std::move(*options));
    } else {
        Unclear unclear = std::move(std::get<Unclear>(*read));
        // The others of this name wait for it: the entry is filled, whatever comes.
        auto asked = co_await ask_ssh(std::move(request), std::move(unclear), stop);
        entry.options = std::make_unique<Result<Options>>(std::move(asked));
    }
    entry.found.notify();
    co_return *entry.options;
}

Task<Result<Options>> Resolver::Impl::ask_ssh(Request request, Unclear unclear, Stop& stop) {
    const bool has_place = co_await children.enter(stop);
    if (!has_place) co_return Error(Code::stopped, "stopped");
    const PacerPlace place(children);
    const std::string name = request.name;
    auto printed = co_await ask_ssh_g(loop, std::move(request), settings.ssh_config_file,
                                      loop.now() + kChildTime, stop);
    if (!printed) {
        co_return printed.error().within(fmt::format("{}: ssh_config needs ssh itself ({}, {}:{})",
                                                     name, unclear.why, unclear.place.file,
                                                     unclear.place.line));
    }
    log(LogLevel::detail, fmt::format("{}: resolved by ssh -G: {} ({}:{})", name, unclear.why,
                                      unclear.place.file, unclear.place.line));
    co_return ssh_config::parse_ssh_g(*printed);
}

void Resolver::Impl::tell(const Way& way) {
    for (const std::string& note : way.notes) {
        if (told.insert(note).second) log(LogLevel::detail, note);
    }
}

}  // namespace remuda::ssh
