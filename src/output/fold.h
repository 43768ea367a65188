// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace remuda::output {

/// Names in short, as hosts.yaml would write them: "node[01-08,10],gpu-1". In the order in which
/// their groups first appear.
[[nodiscard]] std::string folded_names(const std::vector<std::string>& names);

}  // namespace remuda::output
