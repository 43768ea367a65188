// SPDX-License-Identifier: MIT
#include "remuda/base/passing.h"

#include "remuda/base/fd.h"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include <fmt/core.h>

#include <signal.h>
#include <sys/types.h>

namespace remuda {
namespace {

/// PF_EXITING of the kernel.
constexpr std::uint64_t kExiting = 0x4;

/// The number that `text` begins with; 0 if it begins with none.
std::uint64_t number_in(std::string_view text, int base) {
    std::uint64_t number = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), number, base);
    return number;
}

/// What stands behind `name`, of proc_pid_status(5).
std::string_view field_of(std::string_view status, std::string_view name) {
    const std::size_t at = status.find(fmt::format("\n{}:\t", name));
    if (at == std::string_view::npos) return {};
    const std::string_view rest = status.substr(at + name.size() + 3);
    return rest.substr(0, rest.find('\n'));
}

/// Of proc_pid_stat(5): "PID (NAME) STATE ...", where names may hold anything.
std::uint64_t flags_in(std::string_view stat) {
    std::size_t at = stat.rfind(')');
    // The state, the parent, the group, the session, the terminal and its group stand before.
    for (int spaces = 0; spaces < 7 && at != std::string_view::npos; ++spaces)
        at = stat.find(' ', at + 1);
    return at == std::string_view::npos ? 0 : number_in(stat.substr(at + 1), 10);
}

}  // namespace

Passing passing_by(std::string_view status, std::string_view stat) {
    const std::string_view state = field_of(status, "State");
    if (state.starts_with('Z') || state.starts_with('X')) {
        // Its first thread has ended, others may not have.
        return number_in(field_of(status, "Threads"), 10) > 1 ? Passing::dying : Passing::gone;
    }
    const std::uint64_t pending =
        number_in(field_of(status, "SigPnd"), 16) | number_in(field_of(status, "ShdPnd"), 16);
    const bool is_killed = (pending >> (SIGKILL - 1) & 1) != 0;
    return is_killed || (flags_in(stat) & kExiting) != 0 ? Passing::dying : Passing::alive;
}

Passing passing_of(long pid) {
    if (pid <= 0) return Passing::alive;
    if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return Passing::gone;
    const auto status = load_file(fmt::format("/proc/{}/status", pid));
    const auto stat = load_file(fmt::format("/proc/{}/stat", pid));
    if (status && stat) return passing_by(*status, *stat);
    // Reaped meanwhile, or hidden.
    const bool is_gone = ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
    return is_gone ? Passing::gone : Passing::alive;
}

}  // namespace remuda
