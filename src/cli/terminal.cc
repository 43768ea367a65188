// SPDX-License-Identifier: MIT
#include "cli/terminal.h"

#include "remuda/base/fd.h"

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

std::string variable(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read before any thread starts; nothing here sets one.
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool is_forced(const std::string& value) {
    return !value.empty() && value != "0";
}

bool has_colour(const Surroundings& around, ColourChoice choice, bool is_terminal) {
    if (choice != ColourChoice::automatic) return choice == ColourChoice::always;
    if (!around.no_color.empty()) return false;
    if (is_forced(around.force_color) || is_forced(around.clicolor_force)) return true;
    return is_terminal && around.term != "dumb";
}

}  // namespace

bool has_terminal() {
    const Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    return static_cast<bool>(terminal);
}

std::size_t terminal_width() {
    for (const int fd : {STDERR_FILENO, STDOUT_FILENO}) {
        struct winsize size{};
        if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    }
    constexpr std::size_t usual_width = 80;
    return usual_width;
}

Surroundings look_around() {
    Surroundings around;
    around.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
    around.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
    struct stat out{};
    around.out_is_pipe = ::fstat(STDOUT_FILENO, &out) == 0 && S_ISFIFO(out.st_mode);
    around.width = terminal_width();
    around.no_color = variable("NO_COLOR");
    around.clicolor_force = variable("CLICOLOR_FORCE");
    around.force_color = variable("FORCE_COLOR");
    around.term = variable("TERM");
    around.ci = variable("CI");
    return around;
}

output::Screen screen_for(const Surroundings& around, ColourChoice choice, bool quiet) {
    output::Screen screen;
    screen.out_is_terminal = around.out_is_terminal;
    screen.err_is_terminal = around.err_is_terminal;
    screen.out_is_pipe = around.out_is_pipe;
    screen.out_colour = has_colour(around, choice, around.out_is_terminal);
    screen.err_colour = has_colour(around, choice, around.err_is_terminal);
    screen.width = around.out_is_terminal || around.err_is_terminal ? around.width : 0;
    screen.status_line =
        around.err_is_terminal && around.ci.empty() && around.term != "dumb" && !quiet;
    return screen;
}

void stop_until_continued() {
    sigset_t just_this;
    sigemptyset(&just_this);
    sigaddset(&just_this, SIGTSTP);
    // It is delivered when it is let through.
    (void)::raise(SIGTSTP);
    (void)::pthread_sigmask(SIG_UNBLOCK, &just_this, nullptr);
    (void)::pthread_sigmask(SIG_BLOCK, &just_this, nullptr);
}

}  // namespace remuda::cli
