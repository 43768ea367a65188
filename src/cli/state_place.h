// SPDX-License-Identifier: MIT
//
// Where the store of a queue lies, and what time it is there.
#pragma once

#include "cli/options.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace remuda::cli {

/// Milliseconds since 1970-01-01 UTC.
[[nodiscard]] std::int64_t wall_clock_ms();

/// Empty where it has none.
[[nodiscard]] std::string machine_name();

/// One name for a queue, however it is reached.
[[nodiscard]] std::filesystem::path real_path_of(const std::string& queue_file);

/// `queue`: its real path.
[[nodiscard]] std::string state_dir_of(const Options& options, const std::filesystem::path& queue);

}  // namespace remuda::cli
