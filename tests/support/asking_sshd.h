// SPDX-License-Identifier: MIT
#pragma once

#include "support/sshd.h"

#include <string>

namespace remuda::test {

/// A server that asks `prompts` and lets in who answers them, whatever the passwords of this
/// machine; see fake_pam.c. `config` says by which methods.
[[nodiscard]] SshdOptions asking(const std::string& prompts, const std::string& config);

}  // namespace remuda::test
