// SPDX-License-Identifier: MIT
//
// The keywords of ssh_config(5): how each is read, and how several lines of it go together.
#pragma once

#include "ssh_config/value.h"

#include <cstddef>
#include <string_view>

namespace remuda::ssh_config {

enum class Rule {
    host,
    match,
    include,
    /// The first value counts.
    once,
    /// The first line counts; its values are printed in one line.
    once_joined,
    /// Values add up, each once.
    each,
    /// As `each`, but what the user's and the system's files say is kept apart.
    each_of_its_file,
    /// Names add up; "-pattern" takes some away.
    send_env,
    /// ProxyJump and ProxyCommand: the first of both counts.
    proxy_command,
    proxy_jump,
    /// yes or no, and a path: each of the two once, and the path wins.
    forward_agent,
    /// Two values, each once.
    rekey_limit,
    /// Looked at and of no meaning to us.
    checked,
    /// Known to some versions of ssh alone, and never to be passed over.
    newer,
    /// Known to the ssh of some distributions, which use it in their own files.
    of_distributions,
};

/// Some keywords have several names.
inline constexpr std::size_t kMostSlots = 160;

struct Keyword {
    /// As `ssh -G` prints it.
    std::string_view printed;
    Rule rule = Rule::checked;
    Reading (*read)(const Input& input) = nullptr;
    /// A number for each option, below kMostSlots.
    std::size_t slot = 0;
};

/// `name` in lower case. Null: ssh does not know it, or ours does not know what it does.
[[nodiscard]] const Keyword* find_keyword(std::string_view name);

}  // namespace remuda::ssh_config
