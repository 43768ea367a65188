// SPDX-License-Identifier: MIT
//
// HostFacts: what hosts say of themselves, for people and for programs.
#pragma once

#include "remuda/yaml/node.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::output {

struct HostFacts {
    std::string host;
    /// Why there are none; empty: there are.
    std::string fault;
    yaml::Node facts;
};

/// `text` is the host's own word: what is no JSON object becomes a fault.
[[nodiscard]] HostFacts read_facts(std::string host, const std::string& text);
[[nodiscard]] HostFacts no_facts(std::string host, std::string fault);

/// A line for each host that told its facts, below a head. `columns`: the width of the terminal, or
/// 0 for no limit.
[[nodiscard]] std::string facts_table(const std::vector<HostFacts>& hosts, std::size_t columns);

/// One JSON object a line (docs/json.md).
[[nodiscard]] std::string facts_as_json(const std::vector<HostFacts>& hosts);

}  // namespace remuda::output
