// SPDX-License-Identifier: MIT
//
// SystemTransport: a host by the system's `ssh`, for what the library cannot do (GSSAPI, FIDO keys,
// host certificates, Match exec, ControlMaster). One master connection a host (ControlMaster), over
// which each job is an `ssh` process of its own: `ssh -S SOCKET NAME exec sh -c '...'`.
//
// The master reads the user's ssh_config itself. `-F` and options of ours are given only where
// hosts.yaml or the command line of remuda say more than the files. It never asks (BatchMode), sets
// up no forwardings, and ends with this process, however that ends. A job is never run over any
// other connection than the master's.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/base/log.h"
#include "remuda/loop/loop.h"
#include "remuda/transport/transport.h"
#include "ssh/pacer.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace remuda::ssh {

struct SystemSsh {
    /// The program; looked up in PATH.
    std::string program = "ssh";
    /// Options before the name: "-F", path, "-o", "Port=22" ... Not -J, which does not go with what
    /// is given to the jobs: "-o", "ProxyJump=...".
    std::vector<std::string> options;
    /// As ssh is to be given it: an alias, `user@name`.
    std::string name;
    /// What else to say where the login is refused.
    std::string refusal_hint;
    /// Until the master is up.
    Duration login_timeout = std::chrono::seconds(30);
    /// ServerAliveInterval and ServerAliveCountMax, which win over the files; zero: as the files
    /// have them.
    Duration alive_interval = std::chrono::seconds(10);
    int alive_count = 2;
    /// Logins at a time, with other hosts; outlives the transport. May be null.
    Pacer* logins = nullptr;
};

/// `open`: not_authorised (host key, login), unreachable, timed_out, protocol (no common
/// algorithm), invalid_input (ssh_config), not_found (no such program). An ssh that exits with 255
/// says nothing of the command: refused if it is known not to have been sent, else lost.
[[nodiscard]] std::unique_ptr<transport::Transport> make_system_transport(loop::Loop& loop,
                                                                          SystemSsh ssh, Log log);

}  // namespace remuda::ssh
