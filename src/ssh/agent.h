// SPDX-License-Identifier: MIT
//
// Agent: a client of ssh-agent (draft-ietf-sshm-ssh-agent). Never blocks the loop; one connection
// serves all hosts, with requests one after another in the order in which they were made.
#pragma once

#include "remuda/base/result.h"
#include "remuda/loop/loop.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh {

class Agent {
  public:
    struct Identity {
        std::string public_blob;
        std::string comment;
    };

    /// `socket_path`: the value of SSH_AUTH_SOCK. Connects on first use. `loop` outlives the Agent,
    /// the Agent all tasks that use it.
    Agent(loop::Loop& loop, std::string socket_path);
    ~Agent();
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    /// The keys that the agent holds; asked once per run, then remembered, an error too unless it
    /// is timed_out or stopped. not_found if there is no agent, or none any more; not_authorised if
    /// it declines; protocol if it talks nonsense.
    loop::Task<Result<std::vector<Identity>>> identities(Time deadline, loop::Stop& stop);

    /// A signature as the agent gives it: string algorithm, string signature, and what security
    /// keys add. `algorithm` as for PrivateKey::sign; the rsa-sha2 ones are asked for by flag, and
    /// an agent that signs with another algorithm all the same is an error. Errors as above.
    loop::Task<Result<std::string>> sign(std::string public_blob, std::string algorithm,
                                         std::string data, Time deadline, loop::Stop& stop);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// What libssh2's sign callback hands back for a signature of the agent: without the algorithm, and
/// without the length of what follows, but for security keys, where libssh2 does not put one
/// before.
[[nodiscard]] std::string callback_signature(std::string_view agent_signature);

}  // namespace remuda::ssh
