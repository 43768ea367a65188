// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace remuda::inventory {

[[nodiscard]] Result<std::uint16_t> parse_port(std::string_view digits);

/// Whether `word` can stand for a user or a host name; `what` begins the error's text.
[[nodiscard]] Result<void> check_login_word(std::string_view word, const std::string& what);

}  // namespace remuda::inventory
