// SPDX-License-Identifier: MIT
//
// Durations and sizes as people write them in files and on command lines.
#pragma once

#include "remuda/base/clock.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace remuda {

/// "90s", "1h30m", "1.5h", "250ms", "90" (seconds): numbers with the units d, h, m, s and ms, the
/// larger ones first, each once. At most 366 days. Nothing: it is none.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);

/// "10M", "512KiB", "1G", "4096" (bytes): a whole number with a unit, K, M, G or T, which are
/// powers of 1024; "B" and "iB" may follow. At most 2^60. Nothing: it is none.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace remuda
