// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"

#include <optional>
#include <vector>

namespace remuda::inventory {

/// What makes one fleet out of another.
struct FleetChange {
    /// For each node of the fresh fleet the node of the old one that it is; nothing if it joins.
    std::vector<std::optional<model::NodeId>> was;
    /// Nodes of the old fleet that are not in the fresh one, in its order.
    std::vector<model::NodeId> left;
};

/// A node stays if the fresh fleet has one with the same host, hostname, parameters and slots; of
/// equal ones as many stay as there are in both, the first ones first.
[[nodiscard]] FleetChange compare(const model::Fleet& old, const model::Fleet& fresh);

}  // namespace remuda::inventory
