// SPDX-License-Identifier: MIT
//
// The `job:` mapping of an entry: what the job's own options are, and how they are written.
#pragma once

#include "remuda/queue/queue.h"
#include "remuda/yaml/node.h"

#include <string>
#include <vector>

namespace remuda::queue {

/// The keys that the mapping may have.
[[nodiscard]] const std::vector<std::string>& job_option_names();

/// Reads the mapping into `entry`'s options and the templates among them. Every fault is reported.
void read_job_options(const yaml::Source& source, const yaml::Node& mapping, Entry& entry,
                      yaml::Diagnostics& diagnostics);

}  // namespace remuda::queue
