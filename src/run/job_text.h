// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/model/job.h"

#include <optional>
#include <string>

namespace remuda::run {

/// The job that a text in canonical form stands for, without id. Nothing: the text is no such
/// thing. `name` is what its place says instead of a file.
[[nodiscard]] std::optional<model::Job> job_of_text(const std::string& text,
                                                    const std::string& name);

}  // namespace remuda::run
