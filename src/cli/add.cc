// SPDX-License-Identifier: MIT
#include "cli/commands.h"

namespace remuda::cli {

int add_to_queue(const Options& /*options*/) {
    return 2;
}

}  // namespace remuda::cli
