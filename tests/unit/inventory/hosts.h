// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/inventory/inventory.h"

#include <string>
#include <utility>
#include <vector>

namespace remuda::test {

/// A hosts file and what comes of it.
struct Hosts {
    explicit Hosts(std::string text, const inventory::IsUsed& is_used = nullptr)
        : source("hosts.yaml", std::move(text)),
          fleet(inventory::parse_hosts(source, diagnostics, is_used)) {}

    [[nodiscard]] std::string errors() const { return diagnostics.render(source); }
    [[nodiscard]] std::vector<std::string> labels() const {
        std::vector<std::string> all;
        for (const model::Node& node : fleet.nodes)
            all.push_back(node.label);
        return all;
    }
    [[nodiscard]] const model::Host& host_of(std::size_t node) const {
        return fleet.hosts.at(fleet.nodes.at(node).host.value);
    }

    yaml::Source source;
    yaml::Diagnostics diagnostics;
    model::Fleet fleet;
};

}  // namespace remuda::test
