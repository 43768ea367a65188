// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"
#include "remuda/model/ids.h"

#include <cstddef>
#include <set>
#include <string>
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

    [[nodiscard]] std::size_t ready_count() const;
    [[nodiscard]] std::size_t count() const;

  private:
    struct State {
        bool is_up = false;
        bool is_retired = false;
    };
    [[nodiscard]] State& state_of(model::NodeId node);
    [[nodiscard]] std::string name_of_host(const model::Node& node) const;

    const model::Fleet& fleet_;
    std::vector<State> states_;
    /// Hosts that people know to be down.
    std::set<model::HostId> told_down_;
};

}  // namespace remuda::output
