// SPDX-License-Identifier: MIT
//
// Whether a process of this machine is on its way out. One that was killed gives its memory back
// first and closes its files after that: its locks outlast the kill by milliseconds, or by more.
#pragma once

#include <string_view>

namespace remuda {

enum class Passing {
    /// Or nobody can tell.
    alive,
    /// It is being killed, or it ends, and may have files open yet.
    dying,
    /// It has no file open any more. Only what it was just about to start may share one with it.
    gone,
};

/// By the texts of /proc/PID/status and /proc/PID/stat.
[[nodiscard]] Passing passing_by(std::string_view status, std::string_view stat);
[[nodiscard]] Passing passing_of(long pid);

}  // namespace remuda
