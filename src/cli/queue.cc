// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/run_fleet.h"

namespace remuda::cli {

int run_queue(const Options& options) {
    return run_fleet(options, engine::Settings::Mode::queue);
}

}  // namespace remuda::cli
