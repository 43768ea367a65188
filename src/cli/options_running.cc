// SPDX-License-Identifier: MIT
//
// What queue and broadcast take.
#include "cli/policy_values.h"
#include "cli/subcommands.h"
#include "cli/value_faults.h"

namespace remuda::cli {

namespace {

// How jobs are run that do not say so themselves, under `job:`.
void add_job_options(CLI::App& command, Options& options, Raw& raw) {
    const auto duration = [&](const char* name, std::string& to, const char* help, bool zero) {
        command.add_option(name, to, help)
            ->type_name("TIME")
            ->check([zero](const std::string& text) { return fault_of_duration(text, zero); });
    };
    duration("--timeout", raw.timeout, "End a job that runs longer: 90s, 1h30m", false);
    constexpr int most_retries = 1'000'000;
    command
        .add_option(
            "--retries", raw.retries,
            "Try a job that failed again, so often at most,\non other hosts first (default: 0)")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_number(text, 0, most_retries); });
    duration("--retry-delay", raw.retry_delay,
             "Before the first further try; doubles each time\n(default: 1s)", true);
    command
        .add_option("--retry-on", raw.retry_on,
                    "What is tried again: exit codes, ranges, lost,\ntimeout, with commas, or any "
                    "(default: any)")
        ->type_name("LIST")
        ->check(fault_of_retry_on);
    command
        .add_option("--env", raw.environment,
                    "A variable for every job, in addition to its own;\nmay be given several times")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->check(fault_of_variable);
    command
        .add_option("--cwd", options.job_defaults.directory, "Where jobs run (default: the home)")
        ->type_name("DIR")
        ->check(fault_of_template);
    command
        .add_option("--stdin-file", options.job_defaults.input_file,
                    "What jobs read on stdin: a file of this machine")
        ->type_name("FILE")
        ->check(fault_of_input_file);
    command.add_flag("--sudo", raw.is_root, "Run jobs by sudo -n");
    command.add_flag("--ask-sudo-password", options.asks_sudo_password,
                     "Ask once for what sudo asks for on the hosts");
    command.add_option("--nice", raw.nice, "Priority of jobs, from -20 to 19")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_number(text, -20, 19); });
    command
        .add_option("--output-limit", raw.output_limit,
                    "Of the output of a job that nobody reads: 10M, 1G")
        ->type_name("SIZE")
        ->check(fault_of_size);
}

// What queue and broadcast have in common.
void add_run_options(CLI::App& command, Options& options, Raw& raw) {
    add_queue_file(command, options);
    add_hosts_file(command, options);
    command.add_flag("-d,--daemon", options.daemon,
                     "Do not end when the queue is empty: wait for more");
    CLI::Option* aborts = command.add_flag("-e,--error-aborts", options.error_aborts,
                                           "Take no further job once one has failed");
    command
        .add_option("--halt", raw.halt,
                    "End early: never, or now or soon with fail,\nsuccess or done=N or N%: "
                    "soon,fail=3\n(default: never)")
        ->type_name("WHEN")
        ->check(fault_of_halt)
        ->excludes(aborts);
    command.add_flag("-i,--ignore-errors", raw.ignore_errors, "Go on after failures (the default)")
        ->excludes(aborts);
    command
        .add_option("-p,--print-period", options.print_period,
                    "Show every Nth line; 0: none (default: 1)")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_count(text, 0); });
    command.add_flag("--allow-repeat", options.allow_repeat,
                     "Run jobs again that come back with a save of an\nolder copy of the queue");
    add_lenient(command, options);
    add_connecting_options(command, options, raw);
    command
        .add_option("--shim", raw.shim,
                    "Whether the shim runs the jobs: auto, never or\nalways (default: auto)")
        ->type_name("WHEN")
        ->check(one_of({"auto", "never", "always"}));
    command
        .add_option("--grace", raw.grace_seconds,
                    "Between TERM and KILL for jobs that are told to\nend (default: 10)")
        ->type_name("SECONDS")
        ->check([](const std::string& text) { return fault_of_seconds(text, 0); });
    command.add_flag("--no-durable", options.no_durable,
                     "Queue mode: jobs end with the connection that\nstarted them");
    command
        .add_option("--lost-after", raw.lost_after_seconds,
                    "For so long wait for a host that is away while\nits jobs go on (default: 600)")
        ->type_name("SECONDS")
        ->check([](const std::string& text) { return fault_of_seconds(text, 0); });
    add_job_options(command, options, raw);
    CLI::Option* dry_run = command.add_flag("--dry-run", options.dry_run,
                                            "Show nodes and jobs; open and change nothing");
    command.add_flag("--json", options.json, "One JSON object a line on stdout (docs/json.md)")
        ->excludes(dry_run);
    add_colour(command, raw);
    command.add_flag("-q,--quiet", options.quiet, "Only failures and the summary");
    command.add_flag("-v,--verbose", options.verbosity, "Tell of logins and broken connections");
}

}  // namespace

void add_running(const Subcommands& commands, Options& options, Raw& raw) {
    add_run_options(*commands.queue, options, raw);
    add_run_options(*commands.broadcast, options, raw);
    commands.broadcast->add_flag("--resume", options.resume,
                                 "First run what nodes missed of the last broadcast\nthat was "
                                 "stopped");
}

}  // namespace remuda::cli
