// SPDX-License-Identifier: MIT
#include "inventory/item.h"
#include "remuda/base/text.h"
#include "remuda/inventory/inventory.h"
#include "remuda/templating/template.h"
#include "remuda/yaml/node.h"
#include "remuda/yaml/traps.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace remuda::inventory {

namespace {

using templating::Template;

bool is_local_name(const std::string& name) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower == "localhost" || lower == "127.0.0.1" || lower == "::1";
}

// Advances `chosen`, one index for each parameter, the last fastest. False after the last
// combination.
bool next_combination(const Item& item, std::vector<std::size_t>& chosen) {
    for (std::size_t i = chosen.size(); i-- > 0;) {
        if (++chosen[i] < item.parameters[i].second.size()) return true;
        chosen[i] = 0;
    }
    return false;
}

// One combination of an item's parameters with the names that a hostname gives under it.
struct Names {
    model::Parameters parameters;
    std::vector<std::string> names;
};

class FleetBuilder {
  public:
    FleetBuilder(const yaml::Source& source, yaml::Diagnostics& diagnostics)
        : source_(source), diagnostics_(diagnostics) {}

    /// False: no further item need be looked at.
    bool add(const Item& item);
    model::Fleet take() { return std::move(fleet_); }

  private:
    bool add_hostname(const Item& item, const yaml::Node& hostname);
    std::optional<Template> parse_template(const Item& item, const yaml::Node& hostname);
    // Reports and gives nothing where a hostname is wrong.
    std::optional<std::vector<Names>> names_of(const Item& item, const yaml::Node& hostname,
                                               const Template& pattern);
    bool add_node(const Item& item, const yaml::Node& hostname, const std::string& name,
                  const model::Parameters& parameters);
    model::HostId host_of(Address address, const Item& item, const model::Place& place);
    std::string label_of(const std::string& name, const model::Parameters& parameters);
    bool has_room(std::size_t more, const yaml::Node& hostname);
    void report(const yaml::Node& hostname, const templating::Fault& fault);
    void report_bad_name(const yaml::Node& hostname, const std::string& name, const Error& error);

    using HostKey =
        std::tuple<std::string, std::string, int, std::vector<std::string>, std::string>;

    const yaml::Source& source_;
    yaml::Diagnostics& diagnostics_;
    model::Fleet fleet_;
    std::map<HostKey, model::HostId> hosts_;
    std::unordered_map<std::string, std::size_t> label_counts_;
};

bool FleetBuilder::add(const Item& item) {
    return std::all_of(item.hostnames.begin(), item.hostnames.end(),
                       [&](const yaml::Node* hostname) { return add_hostname(item, *hostname); });
}

bool FleetBuilder::has_room(std::size_t more, const yaml::Node& hostname) {
    if (more <= kMostNodes - fleet_.nodes.size()) return true;
    diagnostics_.error(hostname.span, fmt::format("the file gives more than {} nodes", kMostNodes));
    return false;
}

bool FleetBuilder::add_hostname(const Item& item, const yaml::Node& hostname) {
    std::size_t combinations = 1;
    for (const auto& [name, values] : item.parameters) {
        combinations *= values.size();
        if (!has_room(combinations, hostname)) return false;
    }
    const auto pattern = parse_template(item, hostname);
    if (!pattern) return true;
    const auto all = names_of(item, hostname, *pattern);
    if (!all) return true;

    std::size_t total = 0;
    std::size_t longest = 0;
    for (const Names& names : *all) {
        total += names.names.size();
        longest = std::max(longest, names.names.size());
    }
    if (!has_room(total, hostname)) return false;
    // The names of a range are hostnames, so they are the outer loop.
    for (std::size_t i = 0; i < longest; ++i) {
        for (const Names& names : *all) {
            if (i >= names.names.size()) continue;
            if (!add_node(item, hostname, names.names[i], names.parameters)) return true;
        }
    }
    return true;
}

std::optional<Template> FleetBuilder::parse_template(const Item& item, const yaml::Node& hostname) {
    auto parsed = Template::parse(hostname.text);
    std::vector<templating::Fault> faults;
    if (auto* failed = std::get_if<std::vector<templating::Fault>>(&parsed)) {
        faults = std::move(*failed);
    } else {
        std::vector<std::string> known;
        known.reserve(item.parameters.size());
        for (const auto& [name, values] : item.parameters)
            known.push_back(name);
        faults = std::get<Template>(parsed).check(known);
    }
    for (const templating::Fault& fault : faults)
        report(hostname, fault);
    if (!faults.empty()) return std::nullopt;
    return std::get<Template>(std::move(parsed));
}

std::optional<std::vector<Names>> FleetBuilder::names_of(const Item& item,
                                                         const yaml::Node& hostname,
                                                         const Template& pattern) {
    std::vector<Names> all;
    std::size_t total = 0;
    std::vector<std::size_t> chosen(item.parameters.size());
    do {
        Names names;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const auto& [name, values] = item.parameters[i];
            names.parameters.emplace_back(name, values[chosen[i]]->text);
        }
        const auto rendered = pattern.render(names.parameters);
        if (const auto* fault = std::get_if<templating::Fault>(&rendered)) {
            report(hostname, *fault);
            return std::nullopt;
        }
        const std::string& text = std::get<std::string>(rendered);
        auto expanded = expand_ranges(text);
        if (!expanded) {
            report_bad_name(hostname, text, expanded.error());
            return std::nullopt;
        }
        names.names = std::move(*expanded);
        total += names.names.size();
        all.push_back(std::move(names));
        // The caller reports it.
        if (total > kMostNodes) break;
    } while (next_combination(item, chosen));
    return all;
}

bool FleetBuilder::add_node(const Item& item, const yaml::Node& hostname, const std::string& name,
                            const model::Parameters& parameters) {
    auto address = parse_address(name);
    if (!address) {
        report_bad_name(hostname, name, address.error());
        return false;
    }
    const yaml::Source::Position at = source_.position(hostname.span.begin);
    model::Node node;
    node.id = {fleet_.nodes.size()};
    node.place = {source_.name(), at.line, at.column};
    node.host = host_of(std::move(*address), item, node.place);
    node.hostname = name;
    node.label = label_of(name, parameters);
    node.parameters = parameters;
    node.slots = item.slots;
    node.labels = item.labels;
    fleet_.nodes.push_back(std::move(node));
    return true;
}

model::HostId FleetBuilder::host_of(Address address, const Item& item, const model::Place& place) {
    model::Host host;
    host.id = {fleet_.hosts.size()};
    host.name = std::move(address.name);
    host.user = address.user.empty() ? item.connection.user : address.user;
    host.port = address.port ? address.port : item.connection.port;
    host.identity_files = item.connection.identity_files;
    host.shim_dir = item.connection.shim_dir;
    host.is_local =
        is_local_name(host.name) && host.user.empty() && !host.port && host.identity_files.empty();
    host.place = place;
    const HostKey key(host.user, host.name, host.port ? *host.port : 0, host.identity_files,
                      host.shim_dir);
    const auto [entry, is_new] = hosts_.emplace(key, host.id);
    if (is_new) fleet_.hosts.push_back(std::move(host));
    return entry->second;
}

std::string FleetBuilder::label_of(const std::string& name, const model::Parameters& parameters) {
    std::string label = name;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const auto& [key, value] = parameters[i];
        label += fmt::format("{}{}={}", i == 0 ? " (" : ",", key, value);
    }
    if (!parameters.empty()) label += ')';
    label = sanitised(label, false);
    // A hostname holds no blank and parameters end in ')', so no other label ends in " #2".
    const std::size_t count = ++label_counts_[label];
    return count == 1 ? label : fmt::format("{} #{}", label, count);
}

void FleetBuilder::report(const yaml::Node& hostname, const templating::Fault& fault) {
    diagnostics_.error(span_within(source_, hostname, fault.offset, fault.length), fault.message,
                       "", fault.help);
}

void FleetBuilder::report_bad_name(const yaml::Node& hostname, const std::string& name,
                                   const Error& error) {
    diagnostics_.error(hostname.span, fmt::format("bad host '{}': {}", name, error.text()));
    // Lines that fold into one explain a blank in a name.
    if (error.text().find("blank") == std::string::npos) return;
    const std::string& text = source_.text();
    const std::size_t line_break = text.find_first_of("\r\n", hostname.span.begin);
    if (line_break < hostname.span.end) find_traps(source_, hostname, "host", diagnostics_);
}

}  // namespace

model::Fleet parse_hosts(const yaml::Source& source, yaml::Diagnostics& diagnostics,
                         const IsUsed& is_used) {
    const yaml::Document document = yaml::parse(source, diagnostics);
    if (!document.has_root) {
        if (!diagnostics.has_errors()) {
            diagnostics.error({0, 0}, "the file names no host", "", "write one: - localhost");
        }
        return {};
    }
    const yaml::Node& root = document.root;
    if (root.kind != yaml::Node::Kind::sequence) {
        report_no_list(source, root, "hosts", diagnostics);
        return {};
    }
    if (root.items.empty()) {
        diagnostics.error(root.span, "the file names no host", "", "write one: - localhost");
    }
    FleetBuilder builder(source, diagnostics);
    for (const yaml::Node& node : root.items) {
        const auto item = read_item(source, node, diagnostics, is_used);
        if (item && !builder.add(*item)) break;
    }
    return builder.take();
}

}  // namespace remuda::inventory
