// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/fleet.h"

#include <string>
#include <vector>

namespace remuda::output {

// Several nodes in few words; at least one is given.

/// "gpu-1 (gpu=0)" for one node, "gpu-[1-3] (6 nodes)" for several. One safe line.
[[nodiscard]] std::string names_text(const std::vector<const model::Node*>& nodes);
/// Where they stand in the file: "hosts.yaml:3", "hosts.yaml:3,4,9".
[[nodiscard]] std::string places_text(const std::vector<const model::Node*>& nodes);

}  // namespace remuda::output
