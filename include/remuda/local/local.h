// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/transport/transport.h"

#include <memory>

namespace remuda::local {

/// Runs commands as child processes of ours, without SSH: `sh -c <script>` in a process group of
/// its own (so that Ctrl-C on the terminal does not reach it), with an empty stdin unless the
/// command brings one. As over SSH, a
/// command ends when it has exited *and* its output is closed by all who hold it; `close` kills
/// what is left.
[[nodiscard]] std::unique_ptr<transport::Transport> make_local_transport(loop::Loop& loop);

}  // namespace remuda::local
