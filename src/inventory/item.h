// SPDX-License-Identifier: MIT
//
// One item of hosts.yaml as it is written: checked, not yet expanded.
#pragma once

#include "remuda/inventory/inventory.h"
#include "remuda/yaml/node.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::inventory {

/// The `host` mapping of an item.
struct Connection {
    std::string user;
    std::optional<std::uint16_t> port;
    std::vector<std::string> identity_files;
    std::string shim_dir;
};

/// Points into the document.
struct Item {
    std::vector<const yaml::Node*> hostnames;
    /// In document order.
    std::vector<std::pair<std::string, std::vector<const yaml::Node*>>> parameters;
    int slots = 1;
    std::vector<std::string> labels;
    Connection connection;
};

/// Reads an item of the list; nothing where faults make it useless. Every fault is reported.
/// `is_used`: as in parse_hosts.
[[nodiscard]] std::optional<Item> read_item(const yaml::Source& source, const yaml::Node& node,
                                            yaml::Diagnostics& diagnostics, const IsUsed& is_used);

}  // namespace remuda::inventory
