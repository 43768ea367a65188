// SPDX-License-Identifier: MIT
#include "cli/terminal.h"

#include <doctest/doctest.h>

using namespace remuda::cli;

namespace {

Surroundings on_terminal() {
    Surroundings around;
    around.out_is_terminal = true;
    around.err_is_terminal = true;
    around.width = 100;
    around.term = "xterm";
    return around;
}

bool has_colour(const Surroundings& around, ColourChoice choice = ColourChoice::automatic) {
    return screen_for(around, choice, false).out_colour;
}

}  // namespace

TEST_CASE("a pipe on stdout is told of, since it may lead to the terminal") {
    Surroundings around = on_terminal();
    CHECK_FALSE(screen_for(around, ColourChoice::automatic, false).out_is_pipe);
    around.out_is_terminal = false;
    around.out_is_pipe = true;
    CHECK(screen_for(around, ColourChoice::automatic, false).out_is_pipe);
}

TEST_CASE("colour is for terminals, each stream judged by itself") {
    Surroundings around = on_terminal();
    CHECK(has_colour(around));
    around.out_is_terminal = false;
    const auto screen = screen_for(around, ColourChoice::automatic, false);
    CHECK_FALSE(screen.out_colour);
    CHECK(screen.err_colour);
    CHECK(screen.width == 100);
}

TEST_CASE("the option beats all variables, NO_COLOR beats those that force colour") {
    Surroundings around = on_terminal();
    around.no_color = "1";
    around.force_color = "1";
    around.clicolor_force = "1";
    CHECK_FALSE(has_colour(around));
    CHECK(has_colour(around, ColourChoice::always));
    around.no_color.clear();
    CHECK_FALSE(has_colour(around, ColourChoice::never));
    around.out_is_terminal = false;
    CHECK(has_colour(around));
    around.force_color = "0";
    around.clicolor_force.clear();
    CHECK_FALSE(has_colour(around));
}

TEST_CASE("a dumb terminal has no colour and no status line") {
    Surroundings around = on_terminal();
    around.term = "dumb";
    CHECK_FALSE(has_colour(around));
    CHECK_FALSE(screen_for(around, ColourChoice::automatic, false).status_line);
    around.clicolor_force = "1";
    CHECK(has_colour(around));
}

TEST_CASE("the status line needs a terminal on stderr, no CI, and nobody who wants it quiet") {
    Surroundings around = on_terminal();
    CHECK(screen_for(around, ColourChoice::never, false).status_line);
    CHECK_FALSE(screen_for(around, ColourChoice::never, true).status_line);
    around.out_is_terminal = false;
    CHECK(screen_for(around, ColourChoice::never, false).status_line);
    around.ci = "true";
    CHECK_FALSE(screen_for(around, ColourChoice::never, false).status_line);
    around.ci.clear();
    around.err_is_terminal = false;
    const auto screen = screen_for(around, ColourChoice::always, false);
    CHECK_FALSE(screen.status_line);
    CHECK(screen.width == 0);
}
