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
    /// While a host rests, nothing is placed on its nodes.
    void set_resting(model::HostId host, bool is_resting);
    /// Takes slots for a job that fits on `node`, and says which.
    [[nodiscard]] std::vector<int> take(model::NodeId node, const model::Needs& needs);
    /// Takes those of `slots` that the node has and that are free, and says which.
    [[nodiscard]] std::vector<int> claim(model::NodeId node, const std::vector<int>& slots);
    void release(model::NodeId node, const std::vector<int>& slots);

    /// The node that is next for a job with these needs, other than those of `avoid` (a few).
    [[nodiscard]] std::optional<model::NodeId> next(const model::Needs& needs,
                                                    const std::vector<model::NodeId>& avoid);

    /// The same, other than those of the hosts of `avoid` (a few).
    [[nodiscard]] std::optional<model::NodeId> next_elsewhere(
        const model::Needs& needs, const std::vector<model::HostId>& avoid);
    /// Whether some node that works, on another host than those of `avoid` (a few), could hold such
    /// a job if it were empty.
    [[nodiscard]] bool has_holder_elsewhere(const model::Needs& needs,
                                            const std::vector<model::HostId>& avoid) const;

    [[nodiscard]] NodeState state(model::NodeId node) const { return nodes_[node.value].state; }
    [[nodiscard]] int capacity(model::NodeId node) const {
        return nodes_[node.value].slots.capacity();
    }
    [[nodiscard]] model::HostId host(model::NodeId node) const { return nodes_[node.value].host; }
    [[nodiscard]] const std::vector<model::NodeId>& nodes_of(model::HostId host) const {
        return hosts_[host.value].nodes;
    }
    [[nodiscard]] bool is_resting(model::HostId host) const {
        return hosts_[host.value].is_resting;
    }
    /// Hosts with a node that works: it is up, and its host does not rest.
    [[nodiscard]] std::size_t working_hosts() const { return working_hosts_; }
    [[nodiscard]] const SlotTable& slots(model::NodeId node) const {
        return nodes_[node.value].slots;
    }
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] std::size_t count(NodeState state) const {
        return counts_[static_cast<std::size_t>(state)];
    }
    /// Some node that works has a free slot.
    [[nodiscard]] bool has_room() const { return free_slots_ > 0; }
    /// Free slots of all nodes that work.
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

        [[nodiscard]] int load() const { return slots.capacity() - slots.free(); }
    };
    struct PlacedHost {
        /// Slots in use.
        int load = 0;
        bool is_resting = false;
        std::vector<model::NodeId> nodes;
        std::size_t working_nodes = 0;
    };
    using Capacities = std::map<int, std::size_t>;

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
    [[nodiscard]] bool works(const PlacedNode& node) const {
        return node.state == NodeState::up && !hosts_[node.host.value].is_resting;
    }
    [[nodiscard]] std::size_t room(const PlacedNode& node) const {
        return works(node) ? static_cast<std::size_t>(node.slots.free()) : 0;
    }
    [[nodiscard]] static std::size_t able(const Capacities& capacities, const model::Needs& needs);
    [[nodiscard]] Index& index_for(const model::Needs& needs);

    std::vector<PlacedNode> nodes_;
    std::vector<PlacedHost> hosts_;
    std::size_t counts_[kStates] = {};
    std::size_t free_slots_ = 0;
    std::size_t working_hosts_ = 0;
    /// For each state: capacity -> number of nodes.
    Capacities capacities_[kStates];
    /// The same for nodes that work.
    Capacities working_capacities_;
    std::vector<Index> indexes_;
    std::uint64_t uses_ = 0;
};

}  // namespace remuda::engine
