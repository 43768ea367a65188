// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace remuda::cli {

/// A moment in the past, "2h", "3d", "1w" ago or since "2026-11-20", "2026-11-20 14:00" in the
/// time zone of this machine; in milliseconds.
[[nodiscard]] std::optional<std::int64_t> parse_moment(const std::string& text,
                                                       std::int64_t now_ms);

}  // namespace remuda::cli
