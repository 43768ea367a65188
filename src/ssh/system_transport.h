// SPDX-License-Identifier: MIT
//
// SystemTransport: a host by the system's `ssh`, for what the library cannot do (GSSAPI, FIDO keys,
// host certificates, Match exec, ControlMaster). One master connection a host (ControlMaster), over
// which each job is an `ssh` process of its own: `ssh -S SOCKET NAME exec sh -c '...'`.
//
// The master reads the user's ssh_config itself. `-F` and options of ours are given only where
// hosts.yaml or the command line of remuda say more than the files. Never asks on the terminal
// (BatchMode), unless a password was asked for.
#pragma once

#include "remuda/base/log.h"
#include "remuda/loop/loop.h"
#include "remuda/ssh/host_settings.h"
#include "remuda/transport/transport.h"

#include <memory>
#include <string>
#include <vector>

namespace remuda::ssh {

struct SystemSsh {
    /// The program; looked up in PATH.
    std::string program = "ssh";
    /// Options before the name ("-F", path, "-o", "Port=22" ...).
    std::vector<std::string> options;
    /// As ssh is to be given it: an alias, `user@name`.
    std::string name;
    /// Until the master is up.
    Duration login_timeout = std::chrono::seconds(30);
};

/// An ssh that exits with 255 says nothing of the command: never started if it is known not to have
/// been sent, else lost.
[[nodiscard]] std::unique_ptr<transport::Transport> make_system_transport(loop::Loop& loop,
                                                                          SystemSsh ssh, Log log);

}  // namespace remuda::ssh
