// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/host_settings.h"

namespace remuda::ssh {

/// Looks the host's name up and connects by TCP, from `bind_address` if there is one: each address
/// of the family wanted in turn until one accepts. The socket is non-blocking, without delay, with
/// keepalive and a limit on unacknowledged data, so that a dead peer is noticed. Errors:
/// unreachable, timed_out, stopped, system.
loop::Task<Result<Fd>> dial(loop::Loop& loop, const HostSettings& settings, Time deadline,
                            loop::Stop& stop);

}  // namespace remuda::ssh
