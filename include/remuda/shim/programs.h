// SPDX-License-Identifier: MIT
//
// The shim's program (src/shim_program) for each machine that it was built for, as it is in this
// binary.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace remuda::shim {

struct Program {
    /// As `uname -m` names it.
    std::string_view machine;
    std::span<const std::byte> bytes;
    /// Of `bytes`, 64 hex digits.
    std::string_view sha256;
};

/// Empty where no compiler for any of the machines was found when remuda was built.
[[nodiscard]] std::span<const Program> programs();

}  // namespace remuda::shim
