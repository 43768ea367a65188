// SPDX-License-Identifier: MIT
#include "remuda/selftest/selftest.h"

#include "cli/commands.h"
#include "cli/fd_sink.h"
#include "cli/terminal.h"

#include <csignal>
#include <string>

#include <unistd.h>

namespace remuda::cli {

namespace {

volatile std::sig_atomic_t is_stopped = 0;

void stop(int /*signal*/) {
    is_stopped = 1;
}

}  // namespace

int test_self(const Options& options) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        (void)std::signal(signal, stop);
    FdSink out(STDOUT_FILENO, nullptr);
    FdSink err(STDERR_FILENO, nullptr);
    selftest::Settings settings;
    settings.is_chaos = options.chaos;
    settings.runs = options.drill_runs;
    settings.seed = options.seed;
    settings.as_json = options.json;
    settings.keep = options.keep_dir;
    settings.tell = [&](const std::string& text) { out.write(text); };
    settings.complain = [&](const std::string& text) { err.write(text); };
    const bool shows = ::isatty(STDERR_FILENO) == 1;
    settings.show_progress = [&](const std::string& line) {
        if (shows) err.write("\r\x1b[K" + line);
    };
    settings.is_stopped = [] { return is_stopped != 0; };
    return selftest::run_selftest(settings);
}

}  // namespace remuda::cli
