// SPDX-License-Identifier: MIT
//
// Inventory: hosts.yaml -> a Fleet of hosts and nodes (docs/design.md, section 3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "remuda/base/result.h"
#include "remuda/model/fleet.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

namespace remuda::inventory {

/// A fleet may have at most this many nodes; more is reported as a fault.
inline constexpr std::size_t kMostNodes = 100'000;

/// Expands the text of a hosts file. Every fault is reported; the fleet is of use only if
/// `diagnostics.has_errors()` is false. A file without hosts is a fault.
[[nodiscard]] model::Fleet parse_hosts(const yaml::Source& source, yaml::Diagnostics& diagnostics);

/// The names that a range pattern stands for, in order: `node[03-05,9]` -> node03 node04 node05 node9.
/// Several ranges multiply, the last varying fastest. A pattern without brackets gives itself.
/// Errors (text only): unbalanced bracket, empty range, end before start, more than kMostNodes names.
[[nodiscard]] Result<std::vector<std::string>> expand_ranges(std::string_view pattern);

/// `[user@]name[:port]` or `ssh://[user@]name[:port]`, IPv6 addresses in brackets or bare.
struct Address {
    std::string user;
    std::string name;
    std::optional<std::uint16_t> port;
};
[[nodiscard]] Result<Address> parse_address(std::string_view text);

}  // namespace remuda::inventory
