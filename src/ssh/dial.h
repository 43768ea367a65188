// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"

#include <cstdint>
#include <string>

namespace remuda::ssh {

/// Looks `name` up and connects by TCP: each address in turn until one accepts. The socket is
/// non-blocking, without delay, with keepalive and a limit on unacknowledged data, so that a dead
/// peer is noticed. Errors: unreachable, timed_out, stopped.
loop::Task<Result<Fd>> dial(loop::Loop& loop, std::string name, std::uint16_t port, Time deadline,
                            loop::Stop& stop);

}  // namespace remuda::ssh
