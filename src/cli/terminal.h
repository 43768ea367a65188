// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "remuda/output/reader.h"

#include <cstddef>
#include <string>

namespace remuda::cli {

/// What is known of the place where we run. Absent variables are empty.
struct Surroundings {
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool out_is_pipe = false;
    std::size_t width = 0;
    std::string no_color;
    std::string clicolor_force;
    std::string force_color;
    std::string term;
    std::string ci;
};

/// Asks the system.
[[nodiscard]] Surroundings look_around();

/// There is a terminal that controls this process; none any more once it has gone away.
[[nodiscard]] bool has_terminal();

/// Columns of the terminal on stderr or stdout; 80 where it does not tell.
[[nodiscard]] std::size_t terminal_width();

/// Colour: `choice`, else NO_COLOR (not empty) beats FORCE_COLOR and CLICOLOR_FORCE (not empty, not
/// 0), which beat TERM=dumb, which beats each stream's being a terminal. A status line needs a
/// terminal on stderr that is not dumb, and no CI.
[[nodiscard]] output::Screen screen_for(const Surroundings& around, ColourChoice choice,
                                        bool quiet);

/// Stops this process as ctrl-z does, although SIGTSTP is blocked; returns when it is continued, or
/// at once where nobody could continue it (the system then ignores the signal).
void stop_until_continued();

}  // namespace remuda::cli
