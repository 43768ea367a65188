// SPDX-License-Identifier: MIT
//
// What the system's ssh says when something went wrong, read as errors. Pure.
#pragma once

#include "remuda/base/result.h"

#include <string>
#include <string_view>

namespace remuda::ssh {

/// Why a master that ended before it was ready has failed. `said` is its stderr, `name` what ssh
/// was given, `exit_code` what it ended with. Code::busy is worth another try in a while.
[[nodiscard]] Error login_error(std::string_view said, const std::string& name, int exit_code);

/// The last line that says something, or "".
[[nodiscard]] std::string last_line(std::string_view said);

/// What is known of a command whose ssh ended with 255.
enum class Passage {
    /// The server did not open a session for it: it was not started.
    refused,
    /// The master could not be asked: it was not started.
    no_master,
    /// It may have been started.
    unknown,
};

/// `log` is what ssh logged (`-E`), and kUnsent where it went on without the master.
[[nodiscard]] Passage passage_of(std::string_view log);

inline constexpr std::string_view kUnsent = "remuda-unsent";

}  // namespace remuda::ssh
