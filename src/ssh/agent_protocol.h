// SPDX-License-Identifier: MIT
//
// Messages of ssh-agent (draft-ietf-sshm-ssh-agent): encoding and decoding only.
#pragma once

#include "remuda/base/result.h"
#include "ssh/agent.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh {

/// Longest reply that is read; ssh-agent itself allows as much.
inline constexpr std::size_t kMostAgentReplyBytes = std::size_t{256} * 1024;

/// Requests, with their length in front.
[[nodiscard]] std::string agent_identities_request();
[[nodiscard]] std::string agent_sign_request(std::string_view public_blob,
                                             std::string_view algorithm, std::string_view data);

/// How long the reply is that begins with these four bytes; Code::protocol if out of bounds.
[[nodiscard]] Result<std::size_t> agent_reply_length(std::string_view four_bytes);

/// Replies, without their length. Code::not_authorised if the agent declined, else Code::protocol.
[[nodiscard]] Result<std::vector<Agent::Identity>> parse_agent_identities(std::string_view reply);
/// The signature as the agent gives it, checked to be of the algorithm asked for.
[[nodiscard]] Result<std::string> parse_agent_signature(std::string_view reply,
                                                        std::string_view algorithm);

}  // namespace remuda::ssh
