// SPDX-License-Identifier: MIT
//
// Who has a lock without having taken it: processes that inherited the descriptor.
#pragma once

#include <string>

namespace remuda::queue {

/// The processes of this machine, but for us, that hold the flock on the file of `fd`, as people
/// call them: "vim (pid 12), sh (pid 11)". Some of them, if looking at all would take long; empty
/// if none can be seen, which is so for those of other users.
[[nodiscard]] std::string sharers_of_lock(int fd);

}  // namespace remuda::queue
