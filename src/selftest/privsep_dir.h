// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"

namespace remuda::selftest {

/// Root's sshd refuses to start without /run/sshd. Makes it if it is missing; the last program that
/// uses it so removes it at its end if one of them made it. Does nothing for ordinary users.
[[nodiscard]] Result<void> use_privsep_dir();

}  // namespace remuda::selftest
