// SPDX-License-Identifier: MIT
#include "remuda/inventory/fleet_change.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <tuple>

namespace remuda::inventory {

using model::NodeId;

namespace {

/// What tells one node from another across two readings of the file.
using Identity = std::tuple<std::string, std::string, std::uint16_t, std::vector<std::string>,
                            std::string, std::string, model::Parameters, int>;

Identity identity_of(const model::Fleet& fleet, const model::Node& node) {
    const model::Host& host = fleet.hosts[node.host.value];
    return {host.name,     host.user,     host.port.value_or(0), host.identity_files,
            host.shim_dir, node.hostname, node.parameters,       node.slots};
}

}  // namespace

FleetChange compare(const model::Fleet& old, const model::Fleet& fresh) {
    std::map<Identity, std::deque<NodeId>> waiting;
    for (const model::Node& node : old.nodes)
        waiting[identity_of(old, node)].push_back(node.id);

    FleetChange change;
    std::vector<bool> stays(old.nodes.size(), false);
    change.was.reserve(fresh.nodes.size());
    for (const model::Node& node : fresh.nodes) {
        const auto found = waiting.find(identity_of(fresh, node));
        if (found == waiting.end() || found->second.empty()) {
            change.was.emplace_back();
            continue;
        }
        stays[found->second.front().value] = true;
        change.was.emplace_back(found->second.front());
        found->second.pop_front();
    }
    for (const model::Node& node : old.nodes) {
        if (!stays[node.id.value]) change.left.push_back(node.id);
    }
    return change;
}

}  // namespace remuda::inventory
