// SPDX-License-Identifier: MIT
//
// Inventory: hosts.yaml -> a Fleet of hosts and nodes (docs/design.md, section 3).
//
// An item's nodes are the product of its hostnames (outermost) and its parameters in document order
// (the last varies fastest). A hostname is rendered as a template over the parameters first; then
// its ranges are expanded, so a parameter may give the bounds of a range. The names of one range
// count as hostnames: node[1-2] with c: [x, y] gives node1 x, node1 y, node2 x, node2 y.
//
// User and port within a hostname win over those of the item's `host` mapping.
#pragma once

#include "remuda/base/result.h"
#include "remuda/model/fleet.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::inventory {

/// A fleet may have at most this many nodes; more is reported as a fault.
inline constexpr std::size_t kMostNodes = 100'000;

/// Whether a command uses the variable of that name.
using IsUsed = std::function<bool(const std::string& name)>;

/// Expands the text of a hosts file. Every fault is reported; the fleet is of use only if
/// `diagnostics.has_errors()` is false. A file without hosts is a fault. With `is_used`, a
/// parameter that looks as if it were meant as one of our keys (`slot`), and that no template uses,
/// is a warning; it is asked for those alone.
[[nodiscard]] model::Fleet parse_hosts(const yaml::Source& source, yaml::Diagnostics& diagnostics,
                                       const IsUsed& is_used = nullptr);

/// The names that a range pattern stands for, in order: `node[03-05,9]` -> node03 node04 node05
/// node9. Several ranges multiply, the last varying fastest. A pattern without brackets gives
/// itself. A begin with leading zeros gives its width to the numbers. Brackets that hold a colon
/// are an IPv6 address and stay. Errors (text only): unbalanced bracket, empty range, no number,
/// end before start, more than kMostNodes names.
[[nodiscard]] Result<std::vector<std::string>> expand_ranges(std::string_view pattern);

/// `[user@]name[:port]` or `ssh://[user@]name[:port]`, IPv6 addresses in brackets or bare. Refused,
/// as `ssh` might take them for something else: blanks, control characters, and a leading '-'.
struct Address {
    std::string user;
    std::string name;
    std::optional<std::uint16_t> port;
};
[[nodiscard]] Result<Address> parse_address(std::string_view text);

}  // namespace remuda::inventory
