// SPDX-License-Identifier: MIT
#pragma once

namespace remuda::test {

/// Root's sshd refuses to start without /run/sshd. Makes it if it is missing; the last test program
/// that uses it removes it at its end if a test program made it. Does nothing for ordinary users.
void use_privsep_dir();

}  // namespace remuda::test
