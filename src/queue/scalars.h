// SPDX-License-Identifier: MIT
//
// Scalars of a queue file, as its readers need them.
#pragma once

#include "remuda/queue/queue.h"
#include "remuda/yaml/node.h"

#include <string>

namespace remuda::queue {

/// Whether system calls and our own YAML can carry the text; reports it if not.
[[nodiscard]] bool is_usable(const yaml::Node& scalar, yaml::Diagnostics& diagnostics);

[[nodiscard]] Entry::Value value_of(const yaml::Source& source, const yaml::Node& scalar);

/// "did you mean 'x'?"; nothing without a name.
[[nodiscard]] std::string did_you_mean(const std::string& name);

}  // namespace remuda::queue
