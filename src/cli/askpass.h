// SPDX-License-Identifier: MIT
//
// Secrets that a program of the user's asks for (SSH_ASKPASS), as ssh has it do.
#pragma once

#include "remuda/base/secret.h"
#include "remuda/loop/loop.h"

#include <optional>
#include <string>

namespace remuda::cli {

/// The program to ask with, as SSH_ASKPASS_REQUIRE, SSH_ASKPASS and the display say; empty: none,
/// or the terminal, if there is one, is preferred.
[[nodiscard]] std::string askpass_program(bool has_terminal);

/// Runs `program` with the question; what it writes, up to a line break, is the answer. Nothing if
/// it cannot be started, fails, or is cut off by `stop`.
[[nodiscard]] loop::Task<std::optional<Secret>> ask_by_program(loop::Loop& loop, loop::Stop& stop,
                                                               std::string program,
                                                               std::string question);

}  // namespace remuda::cli
