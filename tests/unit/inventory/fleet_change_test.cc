// SPDX-License-Identifier: MIT
#include "remuda/inventory/fleet_change.h"

#include "hosts.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using remuda::inventory::compare;
using remuda::inventory::FleetChange;
using remuda::test::Hosts;
using Labels = std::vector<std::string>;

namespace {

/// A change in words: who stays as which node, who joins, who leaves.
struct Told {
    Told(const std::string& before, const std::string& after) {
        const Hosts old(before);
        const Hosts fresh(after);
        REQUIRE_FALSE(old.diagnostics.has_errors());
        REQUIRE_FALSE(fresh.diagnostics.has_errors());
        const FleetChange change = compare(old.fleet, fresh.fleet);
        REQUIRE(change.was.size() == fresh.fleet.nodes.size());
        for (std::size_t node = 0; node < change.was.size(); ++node) {
            if (const auto was = change.was[node]) {
                stay.push_back(old.fleet.nodes[was->value].label);
            } else {
                join.push_back(fresh.fleet.nodes[node].label);
            }
        }
        for (const remuda::model::NodeId node : change.left)
            leave.push_back(old.fleet.nodes[node.value].label);
    }

    Labels stay;
    Labels join;
    Labels leave;
};

}  // namespace

TEST_CASE("the same fleet in another order and notation is no change") {
    const Told told("- a\n- hostname: b[1-2]\n  slots: 2\n",
                    "- hostname: [b2, b1]\n  slots: 2\n- a\n");
    CHECK(told.stay == Labels{"b2", "b1", "a"});
    CHECK(told.join.empty());
    CHECK(told.leave.empty());
}

TEST_CASE("nodes that are new join, those that are gone leave") {
    const Told told("- a\n- b\n- c\n", "- c\n- d\n- a\n- e\n");
    CHECK(told.stay == Labels{"c", "a"});
    CHECK(told.join == Labels{"d", "e"});
    CHECK(told.leave == Labels{"b"});
}

TEST_CASE("other slots, parameters or another way in make another node") {
    const Told slots("- hostname: a\n  slots: 2\n", "- hostname: a\n  slots: 3\n");
    CHECK(slots.join == Labels{"a"});
    CHECK(slots.leave == Labels{"a"});

    const Told parameters("- hostname: a\n  gpu: [0, 1]\n", "- hostname: a\n  gpu: [1, 2]\n");
    CHECK(parameters.stay == Labels{"a (gpu=1)"});
    CHECK(parameters.join == Labels{"a (gpu=2)"});
    CHECK(parameters.leave == Labels{"a (gpu=0)"});

    const Told user("- hostname: a\n  host: {user: x}\n", "- hostname: a\n  host: {user: y}\n");
    CHECK(user.join.size() == 1);
    CHECK(user.leave.size() == 1);
}

TEST_CASE("of equal nodes as many stay as there are in both") {
    const Told fewer("- a\n- a\n- a\n", "- a\n- a\n");
    CHECK(fewer.stay == Labels{"a", "a #2"});
    CHECK(fewer.leave == Labels{"a #3"});
    const Told more("- a\n", "- a\n- a\n");
    CHECK(more.stay == Labels{"a"});
    CHECK(more.join == Labels{"a #2"});
}
