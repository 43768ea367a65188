// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/fleet.h"
#include "remuda/model/ids.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace remuda::output {

/// Knows which nodes are up, and what to tell when that changes: nodes of one host come and go
/// together and are told of in one line. That nodes are down is told when it has lasted for
/// kSettling, those that fell for one reason together: one that is back at once is no news, and a
/// run that is over by then has its report.
class FleetNews {
  public:
    static constexpr Duration kSettling = std::chrono::seconds(2);

    /// `fleet` outlives it, and may grow.
    explicit FleetNews(const model::Fleet& fleet);

    // Each gives a line without its end, safe to show; or nothing, where there is no news.

    [[nodiscard]] std::string node_up(model::NodeId id);
    /// `due` tells of it.
    void node_down(model::NodeId id, const std::string& reason, Time now);
    [[nodiscard]] std::string node_added(model::NodeId id);
    [[nodiscard]] std::string node_retired(model::NodeId id);

    /// Lines without their ends: what there is to tell by now of nodes that went down.
    [[nodiscard]] std::vector<std::string> due(Time now, bool colour);

    [[nodiscard]] std::size_t ready_count() const { return ready_count_; }
    [[nodiscard]] std::size_t down_count() const { return down_count_; }
    /// Without those that have left.
    [[nodiscard]] std::size_t count() const { return count_; }

  private:
    struct State {
        bool is_up = false;
        bool is_down = false;
        bool is_retired = false;
    };
    [[nodiscard]] State& state_of(model::NodeId node);
    void mark(State& state, bool is_up, bool is_down);
    [[nodiscard]] std::string name_of_host(const model::Node& node) const;

    const model::Fleet& fleet_;
    std::vector<State> states_;
    /// Nodes that have not left, by host.
    std::unordered_map<model::HostId, std::size_t> nodes_of_host_;
    std::size_t count_ = 0;
    std::size_t ready_count_ = 0;
    std::size_t down_count_ = 0;
    /// Nodes that are down, with the reason.
    std::map<model::NodeId, std::string> untold_;
    /// When the first of them fell, or earlier.
    Time untold_since_;
    /// Hosts that people know to be down.
    std::unordered_set<model::HostId> told_down_;
};

}  // namespace remuda::output
