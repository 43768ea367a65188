// SPDX-License-Identifier: MIT
#include "remuda/run/plan.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace remuda;

namespace {

model::Fleet fleet_of(const std::vector<model::Parameters>& nodes) {
    model::Fleet fleet;
    fleet.hosts.emplace_back();
    for (const model::Parameters& parameters : nodes) {
        model::Node node;
        node.id = {fleet.nodes.size()};
        node.label = "node-" + std::to_string(fleet.nodes.size());
        node.parameters = parameters;
        fleet.nodes.push_back(std::move(node));
    }
    return fleet;
}

/// What is found in `text`, as people see it; empty if nothing is.
std::string found(const std::string& text, const model::Fleet& fleet,
                  templating::Unknown unknown = templating::Unknown::is_fault) {
    const yaml::Source source("queue.yaml", text);
    yaml::Diagnostics diagnostics;
    const std::vector<queue::Entry> entries = queue::parse_queue(source, diagnostics);
    REQUIRE_FALSE(diagnostics.has_errors());
    run::plan_check(fleet, unknown)(entries, diagnostics);
    return diagnostics.render(source);
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a queue may use its parameters, those of all nodes, hostname and slots") {
    const auto fleet = fleet_of({{{"gpu", "0"}}, {{"gpu", "1"}, {"disk", "a"}}});
    CHECK(found("- echo {{ hostname }} {{ slots }} {{ gpu }}\n"
                "- command:\n    - echo {{ x }} {{ disk }}\n  x: [1]\n  disk: [b]\n",
                fleet) == "");
}

TEST_CASE("an unknown variable is shown where it stands") {
    const auto text = found("- echo {{ hostnam }}\n", fleet_of({{}}));
    CHECK(contains(text, "queue.yaml:1:11"));
    CHECK(contains(text, "hostname"));
}

TEST_CASE("a variable that only some nodes have is a fault that names a node without it") {
    const auto fleet = fleet_of({{{"gpu", "0"}}, {}, {{"gpu", "1"}}});
    const auto text = found("- echo {{ hostname }} {{ gpu }}\n", fleet);
    CAPTURE(text);
    CHECK(contains(text, "only some nodes have the parameter 'gpu'"));
    CHECK(contains(text, "queue.yaml:1:26"));
    CHECK(contains(text, "node 'node-1' does not have it"));
}

TEST_CASE("of many nodes without a parameter the first is named, and they are counted") {
    const auto fleet = fleet_of({{{"gpu", "0"}}, {}, {}, {}});
    const auto text = found("- echo {{ gpu }}{{ gpu }} {{ nonsense }}\n", fleet);
    CAPTURE(text);
    CHECK(contains(text, "3 of 4 nodes do not have it, 'node-1' for one"));
    CHECK(contains(text, "nonsense"));
}

TEST_CASE("lenient, unknown variables and those of some nodes pass, unknown helpers do not") {
    const auto fleet = fleet_of({{{"gpu", "0"}}, {}});
    const auto lenient = templating::Unknown::is_empty;
    CHECK(found("- echo {{ gpu }} {{ nonsense }} {{#if x}}a{{/if}}\n", fleet, lenient) == "");
    CHECK(contains(found("- echo {{ nonsense gpu }}\n", fleet, lenient), "unknown helper"));
    CHECK(contains(found("- echo {{ gpu\n", fleet, lenient), "never closed"));
}
