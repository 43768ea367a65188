// SPDX-License-Identifier: MIT
#include "cli/template_check.h"

#include <doctest/doctest.h>

using namespace remuda;

namespace {

model::Fleet fleet_with(const std::vector<model::Parameters>& nodes) {
    model::Fleet fleet;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        model::Node node;
        node.label = "node-" + std::to_string(i + 1);
        node.parameters = nodes[i];
        node.place = {"hosts.yaml", i + 1, 3};
        fleet.nodes.push_back(node);
    }
    return fleet;
}

// The queue `- <command>` with parameters of these names.
std::vector<yaml::Diagnostic> check(const model::Fleet& fleet, const std::string& command,
                                    const std::vector<std::string>& parameters = {}) {
    queue::Entry entry;
    entry.commands.push_back({command, {2, 2 + command.size()}, 2});
    for (const std::string& name : parameters)
        entry.parameters.push_back({name, {}, {}});
    yaml::Diagnostics diagnostics;
    cli::template_check(fleet)({entry}, diagnostics);
    return diagnostics.all();
}

}  // namespace

TEST_CASE("commands may use the entry's and the nodes' parameters, hostname and slots") {
    const model::Fleet fleet = fleet_with({{{"gpu", "0"}}, {{"gpu", "1"}}});
    CHECK(check(fleet, "run {{ gpu }} {{ bs }} {{ hostname }} {{ slots }}", {"bs"}).empty());
    CHECK(check(fleet, "plain").empty());
}

TEST_CASE("an unknown variable is pointed at in the file") {
    const auto found = check(fleet_with({{}}), "run {{ hostnam }}");
    REQUIRE(found.size() == 1);
    CHECK(found[0].span.begin >= 2 + 4);
    CHECK(found[0].span.end <= 2 + 17);
    CHECK(found[0].message.find("hostnam") != std::string::npos);
}

TEST_CASE("a syntax fault is pointed at") {
    CHECK(check(fleet_with({{}}), "run {{ x").size() == 1);
}

TEST_CASE("a parameter that some node lacks is a fault, unless the entry gives it") {
    const model::Fleet fleet = fleet_with({{{"gpu", "0"}}, {}});
    const auto found = check(fleet, "run {{ gpu }}");
    REQUIRE(found.size() == 1);
    CHECK(found[0].message == "'gpu' is not set on every node: node-2 lacks it");
    CHECK(found[0].help == "set it there (hosts.yaml:2), or give it a value in this entry");
    CHECK(check(fleet, "run {{ gpu }}", {"gpu"}).empty());
}
