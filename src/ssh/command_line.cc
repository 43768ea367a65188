// SPDX-License-Identifier: MIT
#include "ssh/command_line.h"

#include <string_view>

#include <fmt/core.h>

namespace remuda::ssh {

namespace {

// libssh2 sends no packet of more than 35,000 bytes with its header and padding.
constexpr std::size_t kLongestLine = 32'000;

// Single quotes, with quote and backslash put outside of them: fish takes a backslash inside single
// quotes for an escape, sh does not; outside of them both agree.
std::string quoted_for_any_shell(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            quoted += "'\\";
            quoted += c;
            quoted += '\'';
        } else {
            quoted += c;
        }
    }
    quoted += '\'';
    return quoted;
}

}  // namespace

RemoteCommand remote_command(const std::string& script) {
    RemoteCommand command;
    command.line = "exec sh -c " + quoted_for_any_shell(script);
    if (command.line.size() > kLongestLine) {
        // The `x` keeps the script's own line breaks at its end, which $(...) would strip.
        command.line =
            "exec sh -c " +
            quoted_for_any_shell("s=$(cat; echo x); s=${s%x}; exec sh -c \"$s\" </dev/null");
        command.stdin_bytes = script;
    }
    return command;
}

RemoteCommand framed_command(const std::string& frame, const std::string& script) {
    RemoteCommand command;
    command.line =
        "exec sh -c " + quoted_for_any_shell(frame) + " sh " + quoted_for_any_shell(script);
    if (command.line.size() > kLongestLine) {
        command.line = "exec sh -c " + quoted_for_any_shell(fmt::format(
                                           "s=$(head -c {}; echo x)\nset -- \"${{s%x}}\"\n{}",
                                           script.size(), frame));
        command.stdin_bytes = script;
    }
    return command;
}

}  // namespace remuda::ssh
