// SPDX-License-Identifier: MIT
#include "remuda/cli/main.h"

#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/fd_sink.h"
#include "cli/options.h"
#include "remuda/base/clock.h"

#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <unistd.h>

namespace remuda::cli {

namespace {

int run(const std::vector<std::string>& words) {
    const auto parsed = parse_options(words);
    if (const auto* answer = std::get_if<Answer>(&parsed)) {
        FdSink(STDOUT_FILENO, nullptr).write(answer->out);
        FdSink(STDERR_FILENO, nullptr).write(answer->err);
        return answer->exit_code;
    }
    const auto& options = std::get<Options>(parsed);
    switch (options.command) {
        case Options::Command::queue:
            return run_queue(options);
        case Options::Command::broadcast:
            return run_broadcast(options);
        case Options::Command::lock:
            return lock_queue(options, SteadyClock());
        case Options::Command::edit:
            return edit_queue(options, SteadyClock());
        case Options::Command::add:
            return add_to_queue(options);
        case Options::Command::list:
            return list_queue(options);
        case Options::Command::remove:
            return remove_from_queue(options);
        case Options::Command::hosts:
            return show_hosts(options);
        case Options::Command::version:
            return show_version();
        case Options::Command::status:
            return show_status(options);
        case Options::Command::show:
            return show_jobs(options);
        case Options::Command::logs:
            return show_logs(options);
        case Options::Command::history:
            return show_history(options);
        case Options::Command::retry:
            return retry_jobs(options);
        case Options::Command::cancel:
            return cancel_jobs(options);
        case Options::Command::selftest:
            return test_self(options);
        case Options::Command::attach:
            return attach_to_jobs(options);
    }
    return kOurBug;
}

int report_bug(std::string_view what) {
    std::string text = "remuda: internal error: ";
    text += what;
    text += "\n  (this is a bug of remuda, not yours; please report it with this line)\n";
    FdSink(STDERR_FILENO, nullptr).write(text);
    return kOurBug;
}

}  // namespace

int run_main(int argc, char** argv) {
    // A closed pipe is an error of write() that the sinks answer.
    (void)std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
    } catch (const std::exception& exception) {
        return report_bug(exception.what());
    } catch (...) {
        return report_bug("unknown exception");
    }
}

}  // namespace remuda::cli
