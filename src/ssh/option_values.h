// SPDX-License-Identifier: MIT
//
// Values of ssh_config(5) that have a form of their own.
#pragma once

#include "remuda/ssh/host_settings.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh {

/// Blanks between them, quotes around some.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

/// Nothing but a number.
[[nodiscard]] std::optional<long> number_of(std::string_view text);

/// ProxyJump: [user@]host[:port] or ssh://[user@]host[:port][/], with commas between them.
[[nodiscard]] std::optional<JumpRoute> jumps_of(std::string_view list);

}  // namespace remuda::ssh
