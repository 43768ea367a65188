// SPDX-License-Identifier: MIT
//
// Placement: the nodes, what is free on them, and which of them a job goes to.
//
// Equal load is spread over hosts first, then over the nodes of the host; load is counted in slots
// in use, and the lowest index wins a tie. For each kind of needs seen lately there is an index of
// the nodes that have room for it, ordered by that rule, so that choosing a node looks at one host
// and one node however many there are, and a change of a node costs O(log nodes) for each kind.
#pragma once

#include "engine/slots.h"
#include "remuda/engine/engine.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace remuda::engine {

class Placement {
  public:
    enum class NodeState {
        /// Not yet known to be usable.
        coming,
        up,
        down,
        /// Left the fleet: it gets no job, whether it can be reached or not.
        retired,
    };
    static constexpr std::size_t kStates = 4;

    /// `nodes[i].id.value` is i.
    explicit Placement(const std::vector<NodeCapacity>& nodes);

    /// A node joins, coming. Its id is the index behind the last one.
    void add(const NodeCapacity& node);
    void set_state(model::NodeId node, NodeState state);
    /// Takes slots for a job that fits on `node`, and says which.
    [[nodiscard]] std::vector<int> take(model::NodeId node, const model::Needs& needs);
    /// Takes those of `slots` that the node has and that are free, and says which.
    [[nodiscard]] std::vector<int> claim(model::NodeId node, const std::vector<int>& slots);
    void release(model::NodeId node, const std::vector<int>& slots);

    /// The node that is next for a job with these needs, other than those of `avoid` (a few).
    [[nodiscard]] std::optional<model::NodeId> next(const model::Needs& needs,
                                                    const std::vector<model::NodeId>& avoid);

    [[nodiscard]] NodeState state(model::NodeId node) const { return nodes_[node.value].state; }
    [[nodiscard]] int capacity(model::NodeId node) const {
        return nodes_[node.value].slots.capacity();
    }
    [[nodiscard]] const SlotTable& slots(model::NodeId node) const {
        return nodes_[node.value].slots;
    }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] std::size_t count(NodeState state) const {
        return counts_[static_cast<std::size_t>(state)];
    }
    /// Some node that is up has a free slot.
    [[nodiscard]] bool has_room() const { return free_slots_ > 0; }
    /// Free slots of all nodes that are up.
    [[nodiscard]] std::size_t free_slots() const { return free_slots_; }
    /// Number of nodes in `state` that could hold such a job if they were empty.
    [[nodiscard]] std::size_t holders(const model::Needs& needs, NodeState state) const;

    /// Aborts if what is counted and indexed is not what the nodes say.
    void sanity_check() const;

  private:
    struct PlacedNode {
        model::HostId host;
        SlotTable slots;
        NodeState state = NodeState::coming;

        [[nodiscard]] std::size_t room() const {
            return state == NodeState::up ? static_cast<std::size_t>(slots.free()) : 0;
        }
        [[nodiscard]] int load() const { return slots.capacity() - slots.free(); }
    };

    /// Load, then index.
    using Rank = std::pair<int, std::size_t>;

    /// The nodes with room for one kind of needs, by the rule above.
    struct Index {
        model::Needs needs;
        std::uint64_t last_used = 0;
        /// Hosts that have such a node.
        std::set<Rank> hosts;
        /// For each host its such nodes.
        std::vector<std::set<Rank>> nodes;
    };

    void hold(model::NodeId node, const std::vector<int>& slots);
    /// Takes a node out of all indexes before it changes, and puts it in again afterwards.
    void unlist(model::NodeId node);
    void list(model::NodeId node);
    void list(Index& index, std::size_t node) const;
    [[nodiscard]] Index& index_for(const model::Needs& needs);

    std::vector<PlacedNode> nodes_;
    /// Slots in use on each host.
    std::vector<int> host_loads_;
    std::size_t counts_[kStates] = {};
    std::size_t free_slots_ = 0;
    /// For each state: capacity -> number of nodes.
    std::map<int, std::size_t> capacities_[kStates];
    std::vector<Index> indexes_;
    std::uint64_t uses_ = 0;
};

}  // namespace remuda::engine
