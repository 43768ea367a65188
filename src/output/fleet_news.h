// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"
#include "remuda/model/ids.h"

#include <cstddef>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace remuda::output {

/// Knows which nodes are up, and what to tell when that changes: nodes of one host come and go
/// together and are told of in one line.
class FleetNews {
  public:
    /// `fleet` outlives it, and may grow.
    explicit FleetNews(const model::Fleet& fleet);

    // Each gives a line without its end, safe to show; or nothing, where there is no news.

    [[nodiscard]] std::string node_up(model::NodeId id);
    [[nodiscard]] std::string node_down(model::NodeId id, const std::string& reason, bool colour);
    [[nodiscard]] std::string node_added(model::NodeId id);
    [[nodiscard]] std::string node_retired(model::NodeId id);

    [[nodiscard]] std::size_t ready_count() const { return ready_count_; }
    /// Without those that have left.
    [[nodiscard]] std::size_t count() const { return count_; }

  private:
    struct State {
        bool is_up = false;
        bool is_retired = false;
    };
    [[nodiscard]] State& state_of(model::NodeId node);
    void mark(State& state, bool is_up);
    [[nodiscard]] std::string name_of_host(const model::Node& node) const;

    const model::Fleet& fleet_;
    std::vector<State> states_;
    /// Nodes that have not left, by host.
    std::unordered_map<model::HostId, std::size_t> nodes_of_host_;
    std::size_t count_ = 0;
    std::size_t ready_count_ = 0;
    /// Hosts that people know to be down.
    std::unordered_set<model::HostId> told_down_;
};

}  // namespace remuda::output
