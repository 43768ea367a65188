// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace remuda::test {

/// Whether `text` is one JSON value and nothing else (RFC 8259).
[[nodiscard]] bool is_json(std::string_view text);

}  // namespace remuda::test
