// SPDX-License-Identifier: MIT
#include "cli/results.h"

#include "cli/exit_codes.h"
#include "cli/queue_file.h"
#include "cli/terminal.h"
#include "remuda/base/result.h"

#include <cerrno>

#include <unistd.h>

namespace remuda::cli {

Results::Results(const Options& options) : out_(STDOUT_FILENO, nullptr) {
    const Surroundings around = look_around();
    is_terminal_ = around.out_is_terminal;
    if (is_terminal_) columns_ = around.width;
    has_colour_ = screen_for(around, options.colour, true).out_colour;
}

int Results::exit_code() const {
    if (out_.failure() == 0) return 0;
    if (out_.failure() == EPIPE) return kOutputClosed;
    FdSink(STDERR_FILENO, nullptr)
        .write("error: " + sys_error("cannot write the output", out_.failure()).text() + "\n");
    return kFailed;
}

}  // namespace remuda::cli
