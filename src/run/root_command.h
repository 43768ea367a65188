// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/secret.h"
#include "remuda/transport/transport.h"

namespace remuda::run {

/// Makes `command` one that is run by `sudo -n`, or with a password by `sudo -S`. sudo keeps no
/// environment, so its own is sent on stdin, before the input, and stands in no argv; before that
/// goes the password, which the command does not get to see even if sudo does not ask for it. Its
/// priority is set as root.
void run_as_root(transport::Command& command, const Secret* password);

}  // namespace remuda::run
