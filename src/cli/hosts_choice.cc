// SPDX-License-Identifier: MIT
#include "cli/hosts.h"
#include "remuda/base/fd.h"
#include "remuda/base/text.h"
#include "remuda/inventory/inventory.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace remuda::cli {

namespace {

constexpr std::uint16_t kUsualPort = 22;

// `name` as an item of a hosts file, whatever is in it.
std::string as_item(std::string_view name) {
    std::string text = "- '";
    for (const char c : name) {
        text += c;
        if (c == '\'') text += c;
    }
    return text + "'\n";
}

model::Fleet parsed(const std::string& file, std::string text, bool colour, std::string& findings) {
    const yaml::Source source(file, std::move(text));
    yaml::Diagnostics diagnostics;
    const model::Fleet fleet = inventory::parse_hosts(source, diagnostics);
    findings += diagnostics.render(source, colour);
    return diagnostics.has_errors() ? model::Fleet() : fleet;
}

void take_over(const model::Fleet& from, const model::Host& host, model::Fleet& to) {
    model::Host taken = host;
    taken.id.value = static_cast<decltype(taken.id.value)>(to.hosts.size());
    for (const model::Node& node : from.nodes) {
        if (node.host != host.id) continue;
        model::Node& copy = to.nodes.emplace_back(node);
        copy.id = {to.nodes.size() - 1};
        copy.host = taken.id;
    }
    to.hosts.push_back(std::move(taken));
}

bool is_meant(const model::Fleet& fleet, const model::Host& host, const std::string& name) {
    return host.name == name || std::ranges::any_of(fleet.nodes, [&](const model::Node& node) {
               return node.host == host.id && (node.hostname == name || node.label == name);
           });
}

std::string shown_jump(const ssh::Jump& jump) {
    std::string text = jump.user.empty() ? "" : jump.user + "@";
    text += jump.name;
    if (jump.port) text += fmt::format(":{}", *jump.port);
    return text;
}

}  // namespace

ChosenHosts choose_hosts(const Options& options, bool colour) {
    ChosenHosts chosen;
    const bool has_names = !options.selection.empty();
    model::Fleet all;
    if (auto text = load_file(options.hosts_file)) {
        all = parsed(options.hosts_file, std::move(*text), colour, chosen.findings);
        if (all.hosts.empty()) return chosen;
    } else if (!has_names || text.error().code() != Code::not_found) {
        chosen.findings = fmt::format("error: {}\n", sanitised(text.error().text(), false));
        return chosen;
    }
    if (!has_names) {
        chosen.fleet = std::move(all);
        return chosen;
    }
    std::set<std::size_t> taken;
    for (const std::string& name : options.selection) {
        bool is_known = false;
        for (std::size_t i = 0; i < all.hosts.size(); ++i) {
            if (!is_meant(all, all.hosts[i], name)) continue;
            is_known = true;
            if (taken.insert(i).second) take_over(all, all.hosts[i], chosen.fleet);
        }
        if (is_known) continue;
        model::Fleet named = parsed("(command line)", as_item(name), colour, chosen.findings);
        if (named.hosts.empty()) return {{}, std::move(chosen.findings)};
        for (model::Host& host : named.hosts) {
            host.place = {};
            take_over({}, host, chosen.fleet);
        }
    }
    return chosen;
}

std::vector<output::ListedHost> listed_hosts(const model::Fleet& fleet) {
    std::vector<output::ListedHost> listed;
    listed.reserve(fleet.hosts.size());
    for (const model::Host& host : fleet.hosts) {
        output::ListedHost& to = listed.emplace_back();
        to.name = host.user.empty() ? host.name : host.user + "@" + host.name;
        if (host.port) to.name += fmt::format(":{}", *host.port);
        if (!host.place.file.empty()) {
            to.place = fmt::format("{}:{}", host.place.file, host.place.line);
        }
        if (host.is_local) to.way = "local";
    }
    for (const model::Node& node : fleet.nodes) {
        output::ListedHost& to = listed[node.host.value];
        ++to.nodes;
        to.slots += static_cast<std::size_t>(node.slots);
    }
    return listed;
}

void tell_way(const ssh::Way& way, output::ListedHost& host) {
    const ssh::HostSettings& settings = way.settings;
    host.way = way.kind == ssh::Way::Kind::library ? "library" : "ssh";
    host.why = way.why;
    host.notes = way.notes;
    host.user = settings.user;
    host.host_name = settings.host_name;
    host.port = settings.port;
    const bool has_colon = settings.host_name.find(':') != std::string::npos;
    const bool is_bracketed = has_colon && settings.port != kUsualPort;
    host.address = settings.user + "@";
    host.address += is_bracketed ? "[" + settings.host_name + "]" : settings.host_name;
    if (settings.port != kUsualPort) host.address += fmt::format(":{}", settings.port);
    if (const auto* jumps = std::get_if<ssh::JumpRoute>(&settings.route)) {
        for (const ssh::Jump& jump : jumps->jumps)
            host.jumps.push_back(shown_jump(jump));
    }
    if (const auto* command = std::get_if<ssh::CommandRoute>(&settings.route)) {
        host.proxy_command = command->command;
    }
}

void tell_check(const ssh::HostCheck& check, output::ListedHost& host) {
    using State = output::ListedHost::State;
    host.state = State::ok;
    if (check.way) tell_way(*check.way, host);
    if (check.failure) {
        host.reason = check.failure->text();
        host.state = State::down;
        if (check.failure->code() == Code::not_authorised) host.state = State::not_authorised;
        if (check.failure->code() == Code::invalid_input) host.state = State::faulty;
    }
    host.host_key_type = check.host_key_type;
    host.fingerprint = check.fingerprint;
    host.login = check.login_time;
    host.round_trip = check.round_trip;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) host.details.emplace_back(name, value);
    };
    add("identity", check.identity);
    add("server", check.server);
    add("key exchange", check.key_exchange);
    add("host key algorithm", check.host_key_algorithm);
    add("cipher", check.cipher);
    add("mac", check.mac);
}

}  // namespace remuda::cli
