// SPDX-License-Identifier: MIT
#pragma once

#include "output/json_writer.h"
#include "remuda/model/outcome.h"

namespace remuda::output {

/// The fields that tell an outcome (docs/json.md).
void add_outcome(JsonWriter& json, const model::Outcome& outcome);

}  // namespace remuda::output
