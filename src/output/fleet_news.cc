// SPDX-License-Identifier: MIT
#include "output/fleet_news.h"

#include "output/colour.h"
#include "output/human.h"
#include "remuda/base/check.h"

#include <algorithm>

#include <fmt/format.h>

namespace remuda::output {

namespace {

constexpr std::size_t kMostName = 200;
constexpr std::size_t kMostReason = 1000;

}  // namespace

FleetNews::FleetNews(const model::Fleet& fleet) : fleet_(fleet), states_(fleet.nodes.size()) {}

FleetNews::State& FleetNews::state_of(model::NodeId node) {
    REMUDA_CHECK(node.value < fleet_.nodes.size());
    if (node.value >= states_.size()) states_.resize(fleet_.nodes.size());
    return states_[node.value];
}

std::string FleetNews::name_of_host(const model::Node& node) const {
    std::size_t others = 0;
    for (const model::Node& other : fleet_.nodes) {
        const bool is_retired =
            other.id.value < states_.size() && states_[other.id.value].is_retired;
        if (other.host == node.host && other.id != node.id && !is_retired) ++others;
    }
    if (others == 0) return one_line(node.label, kMostName);
    return fmt::format("{} ({})", one_line(node.hostname, kMostName), counted(others + 1, "node"));
}

std::string FleetNews::node_up(model::NodeId id) {
    State& state = state_of(id);
    state.is_up = true;
    const model::Node& node = fleet_.nodes[id.value];
    if (told_down_.erase(node.host) == 0) return "";
    return name_of_host(node) + ": up again";
}

std::string FleetNews::node_down(model::NodeId id, const std::string& reason, bool colour) {
    State& state = state_of(id);
    state.is_up = false;
    const model::Node& node = fleet_.nodes[id.value];
    if (!told_down_.insert(node.host).second) return "";
    return fmt::format("{}: {}: {} ({})", name_of_host(node), painted("down", kRed, colour),
                       one_line(reason, kMostReason), place_text(node.place));
}

std::string FleetNews::node_added(model::NodeId id) {
    state_of(id) = {};
    const model::Node& node = fleet_.nodes[id.value];
    return fmt::format("{}: joins ({})", one_line(node.label, kMostName), place_text(node.place));
}

std::string FleetNews::node_retired(model::NodeId id) {
    State& state = state_of(id);
    state.is_up = false;
    state.is_retired = true;
    return one_line(fleet_.nodes[id.value].label, kMostName) +
           ": leaves; what runs there finishes, and nothing further starts";
}

std::size_t FleetNews::ready_count() const {
    return static_cast<std::size_t>(
        std::count_if(states_.begin(), states_.end(), [](const State& s) { return s.is_up; }));
}

std::size_t FleetNews::count() const {
    const auto retired =
        std::count_if(states_.begin(), states_.end(), [](const State& s) { return s.is_retired; });
    return fleet_.nodes.size() - static_cast<std::size_t>(retired);
}

}  // namespace remuda::output
