// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace remuda::ssh {

/// What is asked of the server, and what is sent to it as stdin.
struct RemoteCommand {
    std::string line;
    std::string stdin_bytes;
};

/// `script` as a command line that the login shell of the other side, whichever it is (sh, bash,
/// zsh, fish), turns into `exec sh -c <script>`. A script too long for one SSH packet travels by
/// stdin; with `reads_input` what follows it there is the script's own stdin, else that is empty.
[[nodiscard]] RemoteCommand remote_command(const std::string& script, bool reads_input = false);

/// The same, but `sh` runs `frame`, our own script, which has `script` as "$1" and the rest of
/// stdin as its own.
[[nodiscard]] RemoteCommand framed_command(const std::string& frame, const std::string& script);

}  // namespace remuda::ssh
