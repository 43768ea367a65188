// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/host_settings.h"

#include <chrono>

namespace remuda::ssh {

/// Looks the host's name up and connects by TCP, from `bind_address` if there is one: each address
/// of the family wanted in turn until one accepts. The socket is non-blocking, without delay, with
/// keepalive and a limit on unacknowledged data (`unanswered_limit`), so that a dead peer is
/// noticed. Errors: unreachable, timed_out, stopped, system.
loop::Task<Result<Fd>> dial(loop::Loop& loop, const HostSettings& settings, Time deadline,
                            loop::Stop& stop);

/// How long data or a probe of TCP may stay unacknowledged: at least as long as a silent peer is
/// waited for (HostSettings::alive_interval), so that whoever asked for patience gets it.
[[nodiscard]] std::chrono::milliseconds unanswered_limit(const HostSettings& settings);

}  // namespace remuda::ssh
