// SPDX-License-Identifier: MIT
#include "cli/commands.h"

namespace remuda::cli {

int lock_queue(const Options& /*options*/) {
    return 2;
}

}  // namespace remuda::cli
