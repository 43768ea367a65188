// SPDX-License-Identifier: MIT
#include "output/fleet_news.h"

#include "output/colour.h"
#include "output/human.h"
#include "output/node_names.h"
#include "remuda/base/check.h"

#include <utility>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kMostName = 200;
constexpr std::size_t kMostReason = 1000;

}  // namespace

FleetNews::FleetNews(const model::Fleet& fleet)
    : fleet_(fleet), states_(fleet.nodes.size()), count_(fleet.nodes.size()) {
    for (const model::Node& node : fleet.nodes)
        ++nodes_of_host_[node.host];
}

FleetNews::State& FleetNews::state_of(model::NodeId node) {
    REMUDA_CHECK(node.value < fleet_.nodes.size());
    if (node.value >= states_.size()) states_.resize(fleet_.nodes.size());
    return states_[node.value];
}

void FleetNews::mark(State& state, bool is_up, bool is_down) {
    if (state.is_down && !is_down) --down_count_;
    if (!state.is_down && is_down) ++down_count_;
    state.is_down = is_down;
    if (state.is_up && !is_up) --ready_count_;
    if (!state.is_up && is_up) ++ready_count_;
    state.is_up = is_up;
}

std::string FleetNews::name_of_host(const model::Node& node) const {
    const auto nodes = nodes_of_host_.find(node.host);
    if (nodes == nodes_of_host_.end() || nodes->second < 2) return one_line(node.label, kMostName);
    return fmt::format("{} ({})", one_line(node.hostname, kMostName),
                       counted(nodes->second, "node"));
}

std::string FleetNews::node_up(model::NodeId id) {
    mark(state_of(id), true, false);
    untold_.erase(id);
    const model::Node& node = fleet_.nodes[id.value];
    if (told_down_.erase(node.host) == 0) return "";
    return name_of_host(node) + ": up again";
}

void FleetNews::node_down(model::NodeId id, const std::string& reason, Time now) {
    mark(state_of(id), false, true);
    if (told_down_.contains(fleet_.nodes[id.value].host)) return;
    if (untold_.empty()) untold_since_ = now;
    untold_[id] = reason;
}

std::vector<std::string> FleetNews::due(Time now, bool colour) {
    std::vector<std::string> lines;
    if (untold_.empty() || now - untold_since_ < kSettling) return lines;
    std::vector<std::pair<std::string, std::vector<const model::Node*>>> groups;
    std::unordered_map<std::string, std::size_t> places;
    for (const auto& [id, reason] : std::exchange(untold_, {})) {
        const auto [place, is_new] = places.emplace(reason, groups.size());
        if (is_new) groups.emplace_back(reason, std::vector<const model::Node*>());
        const model::Node& node = fleet_.nodes[id.value];
        groups[place->second].second.push_back(&node);
        told_down_.insert(node.host);
    }
    for (const auto& [reason, nodes] : groups) {
        lines.push_back(fmt::format("{}: {}: {} ({})", names_text(nodes),
                                    painted("down", kRed, colour), one_line(reason, kMostReason),
                                    places_text(nodes)));
    }
    return lines;
}

std::string FleetNews::node_added(model::NodeId id) {
    state_of(id) = {};
    const model::Node& node = fleet_.nodes[id.value];
    ++nodes_of_host_[node.host];
    ++count_;
    return fmt::format("{}: joins ({})", one_line(node.label, kMostName), place_text(node.place));
}

std::string FleetNews::node_retired(model::NodeId id) {
    State& state = state_of(id);
    const bool was_up = state.is_up;
    mark(state, false, false);
    untold_.erase(id);
    if (!std::exchange(state.is_retired, true)) {
        --nodes_of_host_[fleet_.nodes[id.value].host];
        --count_;
    }
    return one_line(fleet_.nodes[id.value].label, kMostName) + ": leaves" +
           (was_up ? "; what runs there finishes, and nothing further starts" : "");
}

}  // namespace remuda::output
