// SPDX-License-Identifier: MIT
#include "cli/run_fleet.h"

#include "cli/dry_run.h"
#include "cli/earlier_jobs.h"
#include "cli/exit_codes.h"
#include "cli/fd_sink.h"
#include "cli/files.h"
#include "cli/kept_queue.h"
#include "cli/password.h"
#include "cli/queue_lock.h"
#include "cli/terminal.h"
#include "cli/wire.h"
#include "remuda/base/text.h"

#include <cerrno>
#include <cstddef>

#include <fmt/format.h>

#include <unistd.h>

namespace remuda::cli {

namespace {

int fail(const Error& error, int exit_code) {
    FdSink(STDERR_FILENO, nullptr)
        .write(fmt::format("error: {}\n", sanitised(error.text(), false)));
    return exit_code;
}

}  // namespace

int run_fleet(const Options& options, engine::Settings::Mode mode) {
    const output::Screen screen = screen_for(look_around(), options.colour, options.quiet);
    const LoadedFiles loaded = load_files(options, screen.err_colour);
    FdSink(STDERR_FILENO, nullptr).write(loaded.findings);
    if (!loaded.files) return kFileError;
    if (options.dry_run) {
        FdSink out(STDOUT_FILENO, nullptr);
        if (options.resume) {
            const auto left =
                look_at_left_over(options, loaded.files->fleet, [](const std::string& text) {
                    FdSink(STDERR_FILENO, nullptr).write(sanitised(text, false) + "\n");
                });
            if (!left) return fail(left.error(), kFileError);
            out.write(left_over_text(*left, *loaded.files));
        }
        if (mode == engine::Settings::Mode::queue) {
            const auto earlier = earlier_jobs_text(options, loaded.files->fleet);
            if (!earlier) return fail(earlier.error(), kFileError);
            out.write(*earlier);
        }
        const std::size_t faulty =
            show_dry_run(*loaded.files, mode == engine::Settings::Mode::broadcast, out);
        if (faulty > 0) {
            FdSink(STDERR_FILENO, nullptr)
                .write(fmt::format("error: {} cannot be filled in: see the list of jobs\n",
                                   faulty == 1 ? "a command" : fmt::format("{} commands", faulty)));
        }
        if (out.failure() == EPIPE) return kOutputClosed;
        if (out.failure() != 0) return kFailed;
        return faulty == 0 ? 0 : kFileError;
    }
    if (const auto checked = check_not_under_lock(options); !checked) {
        return fail(checked.error(), kLocked);
    }
    const GivenPassword given = password_for(options);
    if (!given.fault.empty()) return fail(Error(Code::invalid_input, given.fault), given.exit_code);
    if (given.exit_code != 0) return given.exit_code;
    const GivenPassword for_sudo = sudo_password_for(options);
    if (!for_sudo.fault.empty()) {
        return fail(Error(Code::invalid_input, for_sudo.fault), for_sudo.exit_code);
    }
    if (for_sudo.exit_code != 0) return for_sudo.exit_code;
    return run_wired(options, *loaded.files, mode, screen, {given.password, for_sudo.password});
}

}  // namespace remuda::cli
