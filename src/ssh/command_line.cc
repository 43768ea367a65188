// SPDX-License-Identifier: MIT
#include "ssh/command_line.h"

#include <cstddef>
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

// Gives "$s" the next `size` bytes of stdin, and an x behind them: the line breaks at their end are
// to be kept. One byte at a time, for whatever takes more at once may take what follows too (the
// `head` of busybox does).
std::string read_script(std::size_t size) {
    return fmt::format("s=$(dd bs=1 count={} 2>/dev/null; echo x)", size);
}

}  // namespace

RemoteCommand remote_command(const std::string& script, bool reads_input) {
    RemoteCommand command;
    command.line = "exec sh -c " + quoted_for_any_shell(script);
    if (command.line.size() <= kLongestLine) return command;
    const std::string reader = reads_input
                                   ? read_script(script.size()) + "; exec sh -c \"${s%x}\""
                                   : "s=$(cat; echo x); s=${s%x}; exec sh -c \"$s\" </dev/null";
    command.line = "exec sh -c " + quoted_for_any_shell(reader);
    command.stdin_bytes = script;
    return command;
}

RemoteCommand framed_command(const std::string& frame, const std::string& script) {
    RemoteCommand command;
    command.line =
        "exec sh -c " + quoted_for_any_shell(frame) + " sh " + quoted_for_any_shell(script);
    if (command.line.size() > kLongestLine) {
        command.line =
            "exec sh -c " + quoted_for_any_shell(fmt::format("{}\nset -- \"${{s%x}}\"\n{}",
                                                             read_script(script.size()), frame));
        command.stdin_bytes = script;
    }
    return command;
}

}  // namespace remuda::ssh
