// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

#include <string>
#include <string_view>

namespace remuda::ssh {

/// Appends `line` (without its line break) to the file at `path` in one write, under flock. Makes
/// the file (0600) and its folder (0700) if needed; ends an unfinished last line first. If the
/// write comes out short, what was written is taken back. Code::locked if another process keeps the
/// lock.
[[nodiscard]] Result<void> append_known_hosts_line(const std::string& path, std::string_view line);

}  // namespace remuda::ssh
