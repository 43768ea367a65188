// SPDX-License-Identifier: MIT
//
// Starting a command in a folder that may never let it in: on a network file system whose server is
// gone, chdir(2) hangs where no signal reaches it. So a process is sent ahead into the folder, says
// when it is there, and waits for our word to execute. Until it has that word nothing of the
// command runs, whatever becomes of it or us. It costs more than `spawn`, since our memory is
// copied.
#pragma once

#include "shim_program/spawn.h"
#include "shim_program/system.h"

#include <cstdint>
#include <string_view>

namespace remuda::shim::program {

/// Starts the process; `talk` is the line to it. It gets no receipt from `command`, and tells the
/// nanny nothing. It ends when `talk` is closed, and when we die.
Spawned send_ahead(const Command& command, Fd& talk);

enum class Ahead : std::uint8_t { on_its_way, there, failed };

/// What it says by now. Where it failed, `spawned` gets the step and the error.
Ahead hear_ahead(const Fd& talk, Spawned& spawned);

/// The word: it writes `receipt`, unless that is empty, to `journal`, and executes. Returns when it
/// has, or could not: false, with the step and the error in `spawned`.
bool let_execute(const Fd& talk, std::string_view receipt, int journal, Spawned& spawned);

}  // namespace remuda::shim::program
