// SPDX-License-Identifier: MIT
//
// What becomes of each keyword of ssh_config when the library makes the connection. The table in
// docs/ssh.md says the same.
#pragma once

#include "remuda/ssh_config/ssh_config.h"

#include <optional>
#include <string>
#include <string_view>

namespace remuda::ssh {

enum class Treatment {
    /// It becomes part of the HostSettings.
    honoured,
    /// It means nothing for commands without a terminal, or was spent when the files were read.
    passed_over,
    /// Only the system's ssh can do what it asks for, unless its value asks for nothing.
    needs_ssh,
};

/// Nothing: a keyword that nobody has classified. `keyword` in any case.
[[nodiscard]] std::optional<Treatment> treatment_of(std::string_view keyword);

/// Whether this option asks for what only the system's ssh can do, as far as that can be told from
/// it alone. An unclassified keyword does.
[[nodiscard]] bool needs_ssh(const ssh_config::Option& option);

/// "no", "none", "false", "off".
[[nodiscard]] bool is_switched_off(std::string_view value);

/// As people write it: "ForwardAgent" for "forwardagent".
[[nodiscard]] std::string shown_keyword(std::string_view keyword);

}  // namespace remuda::ssh
