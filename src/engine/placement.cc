// SPDX-License-Identifier: MIT
#include "engine/placement.h"

#include "remuda/base/check.h"

#include <algorithm>

namespace remuda::engine {

using model::Needs;
using model::NodeId;

namespace {

/// Kinds of needs with an index of their own. A queue seldom holds more; beyond that the one that
/// was used least lately is dropped and built anew when it is asked for.
constexpr std::size_t kMostIndexes = 16;

std::size_t slot_of(Placement::NodeState state) {
    return static_cast<std::size_t>(state);
}

}  // namespace

Placement::Placement(const std::vector<NodeCapacity>& nodes) {
    nodes_.reserve(nodes.size());
    for (const NodeCapacity& node : nodes)
        add(node);
}

void Placement::add(const NodeCapacity& node) {
    REMUDA_CHECK(node.id.value == nodes_.size());
    REMUDA_CHECK(node.slots >= 1);
    if (node.host.value >= hosts_.size()) {
        hosts_.resize(node.host.value + 1);
        for (Index& index : indexes_)
            index.nodes.resize(hosts_.size());
    }
    nodes_.push_back({node.host, SlotTable(node.slots)});
    hosts_[node.host.value].nodes.push_back(node.id);
    ++capacities_[slot_of(NodeState::coming)][node.slots];
    ++counts_[slot_of(NodeState::coming)];
}

void Placement::set_state(NodeId node, NodeState state) {
    unlist(node);
    PlacedNode& placed = nodes_[node.value];
    const int capacity = placed.slots.capacity();
    auto& before = capacities_[slot_of(placed.state)];
    const auto at = before.find(capacity);
    if (--at->second == 0) before.erase(at);
    --counts_[slot_of(placed.state)];
    placed.state = state;
    ++capacities_[slot_of(state)][capacity];
    ++counts_[slot_of(state)];
    list(node);
}

void Placement::set_resting(model::HostId host, bool is_resting) {
    PlacedHost& placed = hosts_[host.value];
    if (placed.is_resting == is_resting) return;
    for (const NodeId node : placed.nodes)
        unlist(node);
    placed.is_resting = is_resting;
    for (const NodeId node : placed.nodes)
        list(node);
}

std::vector<int> Placement::take(NodeId node, const Needs& needs) {
    std::vector<int> slots = nodes_[node.value].slots.choose(needs);
    REMUDA_CHECK(!slots.empty());
    hold(node, slots);
    return slots;
}

std::vector<int> Placement::claim(NodeId node, const std::vector<int>& slots) {
    const SlotTable& table = nodes_[node.value].slots;
    std::vector<int> held;
    for (const int slot : slots) {
        if (slot >= 0 && slot < table.capacity() && !table.is_taken(slot)) held.push_back(slot);
    }
    hold(node, held);
    return held;
}

void Placement::hold(NodeId node, const std::vector<int>& slots) {
    PlacedNode& placed = nodes_[node.value];
    unlist(node);
    placed.slots.take(slots);
    hosts_[placed.host.value].load += static_cast<int>(slots.size());
    list(node);
}

void Placement::release(NodeId node, const std::vector<int>& slots) {
    unlist(node);
    PlacedNode& placed = nodes_[node.value];
    placed.slots.release(slots);
    hosts_[placed.host.value].load -= static_cast<int>(slots.size());
    list(node);
}

std::optional<NodeId> Placement::next(const Needs& needs, const std::vector<NodeId>& avoid) {
    const Index& index = index_for(needs);
    for (const auto& [host_load, host] : index.hosts) {
        for (const auto& [load, node] : index.nodes[host]) {
            if (std::ranges::find(avoid, NodeId{node}) == avoid.end()) return NodeId{node};
        }
    }
    return std::nullopt;
}

std::optional<NodeId> Placement::next_elsewhere(const Needs& needs,
                                                const std::vector<model::HostId>& avoid) {
    const Index& index = index_for(needs);
    for (const auto& [load, host] : index.hosts) {
        if (std::ranges::find(avoid, model::HostId{host}) != avoid.end()) continue;
        return NodeId{index.nodes[host].begin()->second};
    }
    return std::nullopt;
}

bool Placement::has_holder_elsewhere(const Needs& needs,
                                     const std::vector<model::HostId>& avoid) const {
    std::size_t avoided = 0;
    for (const model::HostId host : avoid) {
        avoided += static_cast<std::size_t>(
            std::ranges::count_if(hosts_[host.value].nodes, [&](NodeId node) {
                return works(nodes_[node.value]) && can_hold(capacity(node), needs);
            }));
    }
    return able(working_capacities_, needs) > avoided;
}

std::size_t Placement::holders(const Needs& needs, NodeState state) const {
    return able(capacities_[slot_of(state)], needs);
}

std::size_t Placement::able(const Capacities& capacities, const Needs& needs) {
    std::size_t found = 0;
    for (auto at = capacities.lower_bound(needs.slots); at != capacities.end(); ++at) {
        if (can_hold(at->first, needs)) found += at->second;
    }
    return found;
}

void Placement::unlist(NodeId node) {
    const PlacedNode& placed = nodes_[node.value];
    const std::size_t host = placed.host.value;
    free_slots_ -= room(placed);
    if (works(placed)) {
        if (--hosts_[host].working_nodes == 0) --working_hosts_;
        const auto at = working_capacities_.find(placed.slots.capacity());
        if (--at->second == 0) working_capacities_.erase(at);
    }
    for (Index& index : indexes_) {
        index.hosts.erase({hosts_[host].load, host});
        index.nodes[host].erase({placed.load(), node.value});
    }
}

void Placement::list(NodeId node) {
    const PlacedNode& placed = nodes_[node.value];
    free_slots_ += room(placed);
    if (works(placed)) {
        if (++hosts_[placed.host.value].working_nodes == 1) ++working_hosts_;
        ++working_capacities_[placed.slots.capacity()];
    }
    for (Index& index : indexes_)
        list(index, node.value);
}

void Placement::list(Index& index, std::size_t node) const {
    const PlacedNode& placed = nodes_[node];
    const std::size_t host = placed.host.value;
    if (works(placed) && placed.slots.fits(index.needs)) {
        index.nodes[host].insert({placed.load(), node});
    }
    if (!index.nodes[host].empty()) index.hosts.insert({hosts_[host].load, host});
}

Placement::Index& Placement::index_for(const Needs& needs) {
    auto found = std::ranges::find(indexes_, needs, &Index::needs);
    if (found == indexes_.end()) {
        if (indexes_.size() == kMostIndexes) {
            indexes_.erase(std::ranges::min_element(indexes_, {}, &Index::last_used));
        }
        Index& index = indexes_.emplace_back();
        index.needs = needs;
        index.nodes.resize(hosts_.size());
        for (std::size_t node = 0; node < nodes_.size(); ++node) {
            list(index, node);
        }
        found = indexes_.end() - 1;
    }
    found->last_used = ++uses_;
    return *found;
}

void Placement::sanity_check() const {
    std::vector<int> loads(hosts_.size(), 0);
    std::vector<std::size_t> working(hosts_.size(), 0);
    Capacities working_capacities;
    std::size_t free_slots = 0;
    std::size_t counts[kStates] = {};
    Capacities capacities[kStates];
    for (const PlacedNode& node : nodes_) {
        loads[node.host.value] += node.load();
        free_slots += room(node);
        if (works(node)) ++working[node.host.value];
        if (works(node)) ++working_capacities[node.slots.capacity()];
        ++counts[slot_of(node.state)];
        ++capacities[slot_of(node.state)][node.slots.capacity()];
    }
    REMUDA_CHECK(std::ranges::equal(loads, hosts_, {}, {}, &PlacedHost::load));
    REMUDA_CHECK(std::ranges::equal(working, hosts_, {}, {}, &PlacedHost::working_nodes));
    REMUDA_CHECK(static_cast<std::size_t>(std::ranges::count_if(
                     working, [](std::size_t nodes) { return nodes > 0; })) == working_hosts_);
    REMUDA_CHECK(working_capacities == working_capacities_);
    REMUDA_CHECK(free_slots == free_slots_);
    REMUDA_CHECK(std::ranges::equal(counts, counts_));
    REMUDA_CHECK(std::ranges::equal(capacities, capacities_));
    for (const Index& index : indexes_) {
        Index fresh{index.needs, 0, {}, std::vector<std::set<Rank>>(hosts_.size())};
        for (std::size_t node = 0; node < nodes_.size(); ++node) {
            list(fresh, node);
        }
        REMUDA_CHECK(fresh.hosts == index.hosts);
        REMUDA_CHECK(fresh.nodes == index.nodes);
    }
}

}  // namespace remuda::engine
