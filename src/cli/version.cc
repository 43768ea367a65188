// SPDX-License-Identifier: MIT
#include "cli/commands.h"
#include "cli/fd_sink.h"

#include <unistd.h>

namespace remuda::cli {

int show_version() {
    FdSink(STDOUT_FILENO, nullptr).write(version_text() + "\n");
    return 0;
}

}  // namespace remuda::cli
