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

    /// `socket_path`: the value of SSH_AUTH_SOCK. Connects on first use.
    Agent(loop::Loop& loop, std::string socket_path);
    ~Agent();
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    /// The keys that the agent holds; asked once per run, then remembered.
    loop::Task<Result<std::vector<Identity>>> identities(Time deadline, loop::Stop& stop);

    /// A signature as the agent gives it: string algorithm, string signature. `algorithm` as for
    /// PrivateKey::sign; the rsa-sha2 ones are asked for by flag.
    loop::Task<Result<std::string>> sign(std::string public_blob, std::string algorithm,
                                         std::string data, Time deadline, loop::Stop& stop);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace remuda::ssh
