// SPDX-License-Identifier: MIT
//
// Faults of the templates in a queue file, shown where they stand in the file.
#pragma once

#include "remuda/queue/queue.h"
#include "remuda/templating/template.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <string>
#include <vector>

namespace remuda::queue {

/// The bytes of the file that `fault`, found in the text of `value`, is about. The whole value
/// where its text does not stand in the file as it is (escapes, folded lines).
[[nodiscard]] yaml::Span span_of(const Entry::Value& value, const templating::Fault& fault);

/// Adds `fault` as an error.
void report(const Entry::Value& value, const templating::Fault& fault,
            yaml::Diagnostics& diagnostics);

/// Checks the commands of all entries, and the options that are templates. They may use the
/// parameters of their entry, `node_variables`, `hostname`, `slots` and `allocation_policy`.
/// `node_variables`: parameters that every node has.
void check_templates(const std::vector<Entry>& entries,
                     const std::vector<std::string>& node_variables, yaml::Diagnostics& diagnostics,
                     templating::Unknown unknown = templating::Unknown::is_fault);

}  // namespace remuda::queue
