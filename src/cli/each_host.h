// SPDX-License-Identifier: MIT
#pragma once

#include "cli/hosts_as_known.h"
#include "cli/options.h"
#include "cli/transports.h"
#include "remuda/loop/loop.h"
#include "remuda/model/fleet.h"
#include "remuda/output/reader.h"

#include <cstddef>
#include <functional>

namespace remuda::cli {

/// What is done with the host at `index` of the fleet.
using HostTask =
    std::function<loop::Task<>(loop::Loop&, Transports&, std::size_t index, loop::Stop&)>;

/// Runs `task` for all hosts of `fleet`, side by side, and waits for them. Questions of hosts go to
/// the terminal, ctrl-c ends it; `asks_password`: as --ask-password and --password-file say.
/// `as_known`, if there is one, is told of each. Returns 0, or the exit code with which the command
/// is to end at once.
[[nodiscard]] int for_each_host(const Options& options, const output::Screen& screen,
                                const model::Fleet& fleet, bool asks_password, const HostTask& task,
                                HostsAsKnown* as_known = nullptr);

}  // namespace remuda::cli
