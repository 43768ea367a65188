// SPDX-License-Identifier: MIT
#include "cli/reload.h"

#include "remuda/base/fd.h"
#include "remuda/inventory/fleet_change.h"
#include "remuda/inventory/inventory.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

namespace remuda::cli {

using model::NodeId;

namespace {

std::string told(std::size_t joined, std::size_t left) {
    const auto nodes = [](std::size_t count) {
        return fmt::format("{} node{}", count, count == 1 ? "" : "s");
    };
    const auto leaving = [&](const std::string& who) {
        return fmt::format("{} {}", who, left == 1 ? "leaves" : "leave");
    };
    if (joined == 0 && left == 0) return "no change of the nodes";
    if (joined == 0) return leaving(nodes(left));
    const std::string joining = nodes(joined) + (joined == 1 ? " joins" : " join");
    return left == 0 ? joining : joining + ", " + leaving(std::to_string(left));
}

}  // namespace

Reload::Reload(std::string hosts_file, model::Fleet fleet)
    : hosts_file_(std::move(hosts_file)), fleet_(std::move(fleet)) {
    in_run_.reserve(fleet_.nodes.size());
    for (const model::Node& node : fleet_.nodes)
        in_run_.push_back(node.id);
}

void Reload::read_again(run::Driver& driver, const Note& note) {
    auto text = load_file(hosts_file_);
    if (!text) {
        note(text.error().text() + "; the nodes stay as they are");
        return;
    }
    const yaml::Source source(hosts_file_, std::move(*text));
    yaml::Diagnostics diagnostics;
    model::Fleet fresh = inventory::parse_hosts(source, diagnostics);
    std::string findings = diagnostics.render(source);
    if (diagnostics.has_errors()) {
        note(findings + "the nodes stay as they are");
        return;
    }

    const inventory::FleetChange change = inventory::compare(fleet_, fresh);
    std::vector<run::JoiningNode> joining;
    for (const model::Node& node : fresh.nodes) {
        if (!change.was[node.id.value]) joining.push_back({fresh.hosts[node.host.value], node});
    }
    std::vector<NodeId> leaving;
    leaving.reserve(change.left.size());
    for (const NodeId node : change.left)
        leaving.push_back(in_run_[node.value]);
    note(fmt::format("{}{}: {}", findings, hosts_file_, told(joining.size(), leaving.size())));

    // Before the driver has the queue checked against it.
    fleet_ = std::move(fresh);
    const std::vector<NodeId> joined = driver.change_fleet(joining, leaving);
    std::vector<NodeId> in_run;
    in_run.reserve(change.was.size());
    auto next = joined.begin();
    for (const auto& was : change.was)
        in_run.push_back(was ? in_run_[was->value] : *next++);
    in_run_ = std::move(in_run);
}

}  // namespace remuda::cli
