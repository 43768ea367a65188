// SPDX-License-Identifier: MIT
//
// A Command as one script and its stdin, for hosts where nothing of ours runs.
#pragma once

#include "remuda/base/result.h"
#include "remuda/transport/transport.h"

#include <string>

namespace remuda::transport {

struct PlainScript {
    /// For `sh -c`.
    std::string script;
    /// What it reads; more may follow it (Command::input_follows).
    std::string input;
};

/// `command` with its environment, directory, nice and input. The values of the environment stand
/// in `input` and not in `script`, which everybody on the host can see. Where the directory is not
/// there the script ends with code 126 and says so on stderr. Fails (invalid_input) where a name is
/// none that a shell can export, or a value holds NUL.
[[nodiscard]] Result<PlainScript> plain_script(const Command& command);

/// Whether anything but the script and what it reads is asked for.
[[nodiscard]] bool is_plain(const Command& command);

}  // namespace remuda::transport
