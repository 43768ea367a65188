// SPDX-License-Identifier: MIT
#include "output/fleet_news.h"

#include "fixture.h"

#include <doctest/doctest.h>

using namespace remuda;
using namespace remuda::output;
using namespace remuda::output::test;

namespace {

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

TEST_CASE("nodes of one host that go down or come back are one line") {
    const model::Fleet fleet = two_hosts();
    FleetNews news(fleet);
    for (std::uint64_t i = 0; i < 4; ++i)
        CHECK(news.node_up({i}).empty());
    CHECK(news.ready_count() == 4);
    CHECK(news.node_down({0}, "timed out", false) ==
          "gpu-1 (3 nodes): down: timed out (hosts.yaml:1)");
    CHECK(news.node_down({1}, "timed out", false).empty());
    CHECK(news.node_down({2}, "timed out", false).empty());
    CHECK(news.node_down({3}, "reset", false) == "gpu-2: down: reset (hosts.yaml:4)");
    CHECK(news.ready_count() == 0);
    CHECK(news.node_up({1}) == "gpu-1 (3 nodes): up again");
    CHECK(news.node_up({0}).empty());
    CHECK(news.node_down({0}, "timed out", false) ==
          "gpu-1 (3 nodes): down: timed out (hosts.yaml:1)");
    CHECK(news.ready_count() == 1);
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
}
