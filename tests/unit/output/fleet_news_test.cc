// SPDX-License-Identifier: MIT
#include "output/fleet_news.h"

#include "fixture.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;

namespace {

using Lines = std::vector<std::string>;

// gpu-1 with three nodes, and gpu-2.
model::Fleet two_hosts() {
    model::Fleet fleet = fleet_of({"gpu-1 (c=0)", "gpu-1 (c=1)", "gpu-1 (c=2)", "gpu-2"});
    for (std::size_t i = 0; i < 3; ++i) {
        fleet.nodes[i].host = {0};
        fleet.nodes[i].hostname = "gpu-1";
    }
    return fleet;
}

}  // namespace

TEST_CASE("nodes that go down, or whose host comes back, are one line") {
    const model::Fleet fleet = two_hosts();
    FleetNews news(fleet);
    for (std::uint64_t i = 0; i < 4; ++i)
        CHECK(news.node_up({i}).empty());
    CHECK(news.ready_count() == 4);
    for (std::uint64_t i = 0; i < 3; ++i)
        news.node_down({i}, "timed out", at(0));
    news.node_down({3}, "reset", at(1));
    CHECK(news.ready_count() == 0);
    CHECK(news.due(at(1.9), false).empty());
    CHECK(news.due(at(2), false) == Lines{"gpu-1 (3 nodes): down: timed out (hosts.yaml:1,2,3)",
                                          "gpu-2: down: reset (hosts.yaml:4)"});
    CHECK(news.due(at(9), false).empty());
    CHECK(news.node_up({1}) == "gpu-1 (3 nodes): up again");
    CHECK(news.node_up({0}).empty());
    CHECK(news.ready_count() == 2);
}

TEST_CASE("hosts that fell for one reason are one line") {
    const model::Fleet fleet = fleet_of({"a1", "a2", "a3", "b", "c"});
    FleetNews news(fleet);
    for (const std::uint64_t node : {0U, 1U, 2U, 4U})
        news.node_down({node}, "no route", at(0));
    CHECK(news.due(at(2), false) ==
          Lines{"a[1-3],c (4 nodes): down: no route (hosts.yaml:1,2,3,5)"});
}

TEST_CASE("a node that is back at once is no news") {
    const model::Fleet fleet = fleet_of({"a"});
    FleetNews news(fleet);
    news.node_down({0}, "reset", at(0));
    CHECK(news.node_up({0}).empty());
    CHECK(news.due(at(2), false).empty());
    news.node_down({0}, "reset", at(10));
    CHECK(news.due(at(11), false).empty());
    CHECK(news.due(at(12), false).size() == 1);
}

TEST_CASE("nodes join and leave") {
    model::Fleet fleet = fleet_of({"a"});
    FleetNews news(fleet);
    fleet = fleet_of({"a", "b"});
    CHECK(news.node_added({1}) == "b: joins (hosts.yaml:2)");
    CHECK(news.count() == 2);
    CHECK(news.node_up({1}).empty());
    CHECK(news.ready_count() == 1);
    CHECK(news.node_retired({1}) ==
          "b: leaves; what runs there finishes, and nothing further starts");
    CHECK(news.count() == 1);
    CHECK(news.ready_count() == 0);
    news.node_down({0}, "reset", at(0));
    CHECK(news.down_count() == 1);
    CHECK(news.node_retired({0}) == "a: leaves");
    CHECK(news.down_count() == 0);
    CHECK(news.due(at(9), false).empty());
}
