// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "remuda/base/result.h"
#include "remuda/model/fleet.h"
#include "remuda/output/hosts.h"
#include "remuda/ssh/client.h"

#include <string>

namespace remuda::cli {

struct ChosenHosts {
    /// Without hosts if anything is wrong.
    model::Fleet fleet;
    /// What is wrong, to be shown; may hold warnings alone.
    std::string findings;
};

/// The hosts that are meant: all of the hosts file, or those that `options.selection` names; a name
/// that is not in the file is one for ssh.
[[nodiscard]] ChosenHosts choose_hosts(const Options& options, bool colour);

/// What there is to say of each before it is looked at, in the order of the fleet.
[[nodiscard]] std::vector<output::ListedHost> listed_hosts(const model::Fleet& fleet);

/// Fills in by which way a host is reached.
void tell_way(const ssh::Way& way, output::ListedHost& host);
void tell_check(const ssh::HostCheck& check, output::ListedHost& host);

}  // namespace remuda::cli
