// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/transport/transport.h"

#include <memory>

namespace remuda::transport {

/// An execution of which nothing is to be awaited: its first happening is `end`.
[[nodiscard]] std::unique_ptr<Execution> ready_execution(Happening end);

}  // namespace remuda::transport
