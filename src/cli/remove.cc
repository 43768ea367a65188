// SPDX-License-Identifier: MIT
#include "cli/commands.h"

namespace remuda::cli {

int remove_from_queue(const Options& /*options*/) {
    return 2;
}

}  // namespace remuda::cli
