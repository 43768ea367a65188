// SPDX-License-Identifier: MIT
//
// Tokens, variables and homes in values.
#pragma once

#include "remuda/ssh_config/ssh_config.h"

#include <string>
#include <string_view>

namespace remuda::ssh_config {

struct Expansion {
    bool tokens = true;
    bool variables = true;
    /// "%C" stays as it is instead of being an error.
    bool leaves_hash = false;
};
[[nodiscard]] Result<std::string> expand_with(std::string_view text, const Tokens& tokens,
                                              const Environment& environment, Expansion kind);

/// ${VARIABLES} alone.
[[nodiscard]] Result<std::string> expand_variables(std::string_view text,
                                                   const Environment& environment);
/// "~", "~/..." and "~user/..." at the begin.
[[nodiscard]] Result<std::string> expand_home(std::string_view text, const std::string& home);

/// HostName, whose only token is %h.
[[nodiscard]] Result<std::string> expand_host_name(std::string_view text, std::string_view name);

/// `name` if it is an address, as getnameinfo(3) writes it; in lower case if it is a name. `family`
/// is AddressFamily: "inet", "inet6", else any.
[[nodiscard]] std::string normalised_host(const std::string& name, std::string_view family);

}  // namespace remuda::ssh_config
