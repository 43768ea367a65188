// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/ssh/client.h"
#include "ssh/agent.h"
#include "ssh/beyond_library.h"
#include "ssh/identities.h"
#include "ssh/reach.h"
#include "ssh/trust.h"
#include "ssh/way.h"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace remuda::ssh {

/// The agents of a run, one for each socket.
class Agents {
  public:
    explicit Agents(loop::Loop& loop) : loop_(loop) {}

    /// Null for an empty path. It lives as long as this.
    [[nodiscard]] Agent* at(const std::string& socket) {
        if (socket.empty()) return nullptr;
        std::unique_ptr<Agent>& agent = agents_[socket];
        if (!agent) agent = std::make_unique<Agent>(loop_, socket);
        return agent.get();
    }

  private:
    loop::Loop& loop_;
    std::map<std::string, std::unique_ptr<Agent>> agents_;
};

/// What the transports of one run share.
struct Client::Shared {
    Shared(loop::Loop& loop_given, Settings settings_given, Log log_given);

    loop::Loop& loop;
    const Settings settings;
    const Log log;
    Trust trust;
    Resolver resolver;
    BeyondLibrary beyond_library;
    Agents agents;
    Identities identities;
    /// Working memory for reading, used within one turn by whoever has it.
    std::vector<char> scratch;
    /// For jitter alone.
    std::minstd_rand random;
    /// Last, since its jump hosts use all of the above.
    const std::unique_ptr<Reach> reach;
};

}  // namespace remuda::ssh
