// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/ssh/client.h"
#include "ssh/agent.h"
#include "ssh/identities.h"
#include "ssh/pacer.h"
#include "ssh/trust.h"

#include <memory>
#include <random>
#include <vector>

namespace remuda::ssh {

/// What the transports of one run share.
struct Client::Shared {
    Shared(loop::Loop& loop_given, Settings settings_given, Log log_given);

    loop::Loop& loop;
    const Settings settings;
    const Log log;
    Trust trust;
    /// Null without an agent.
    std::unique_ptr<Agent> agent;
    Identities identities;
    /// Logins under way at once, over all hosts.
    Pacer logins;
    /// Working memory for reading, used within one turn by whoever has it.
    std::vector<char> scratch;
    /// For jitter alone.
    std::minstd_rand random;
};

}  // namespace remuda::ssh
