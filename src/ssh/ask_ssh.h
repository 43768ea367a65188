// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh_config/ssh_config.h"

#include <string>

namespace remuda::ssh {

/// What `ssh -G` prints for `request`; `file` is given by -F unless it is empty. Errors:
/// invalid_input with the words of ssh, not_found without ssh, timed_out, stopped.
loop::Task<Result<std::string>> ask_ssh_g(loop::Loop& loop, ssh_config::Request request,
                                          std::string file, Time deadline, loop::Stop& stop);

}  // namespace remuda::ssh
