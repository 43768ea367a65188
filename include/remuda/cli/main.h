// SPDX-License-Identifier: MIT
#pragma once

namespace remuda::cli {

/// The whole program. Returns its exit code (docs/exit-codes.md).
[[nodiscard]] int run_main(int argc, char** argv);

}  // namespace remuda::cli
