// SPDX-License-Identifier: MIT
//
// What the commands take that look at the store.
#include "cli/subcommands.h"
#include "cli/value_faults.h"

namespace remuda::cli {

namespace {

CLI::Option* add_jobs(CLI::App& command, Options& options) {
    return command.add_option("JOB", options.selection,
                              "Numbers as `remuda history` shows them: 12, 3-7");
}

CLI::Option* add_run(CLI::App& command, Options& options) {
    return command.add_option("--run", options.run, "Of this run")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_count(text, 1); });
}

CLI::Option* add_since(CLI::App& command, Options& options) {
    return command.add_option("--since", options.since, "Taken since then: 2h, 3d, 2026-11-20")
        ->type_name("TIME")
        ->check(fault_of_moment);
}

}  // namespace

void add_afterwards(const Subcommands& commands, Options& options, Raw& raw) {
    for (CLI::App* command : {commands.status, commands.show, commands.logs, commands.history,
                              commands.retry, commands.cancel}) {
        add_queue_file(*command, options);
        add_colour(*command, raw);
    }
    for (CLI::App* command : {commands.status, commands.show, commands.history})
        add_json(*command, options);
    for (CLI::App* command : {commands.show, commands.logs, commands.cancel})
        add_jobs(*command, options)->required();

    commands.logs->add_flag("-f,--follow", options.follow, "Go on until the job has ended");
    CLI::Option* only_out =
        commands.logs->add_flag("--stdout", options.stdout_only, "Only what it wrote on stdout");
    commands.logs
        ->add_flag("--stderr", options.stderr_only, "Only what it wrote on stderr, on our stdout")
        ->excludes(only_out);
    commands.logs
        ->add_option("--attempt", options.attempt, "That attempt (default: the last on each node)")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_count(text, 1); });

    commands.history
        ->add_option("ACTION", options.history_action,
                     "export: all jobs as data; prune: forget old runs\n(default: list jobs)")
        ->check(one_of({"export", "prune"}));
    commands.history->add_flag("--failed", options.failed_only, "Only jobs that did not end well");
    commands.history
        ->add_option("--node", options.node_pattern, "Only jobs of nodes like this: 'gpu*'")
        ->type_name("PATTERN");
    commands.history->add_option("--grep", options.contains, "Only commands with this text")
        ->type_name("TEXT");
    commands.history
        ->add_option("--state", options.job_state,
                     "Only taken, running, ended, given-back, handed-on, left\nor unsettled jobs")
        ->type_name("STATE")
        ->check(
            one_of({"taken", "running", "ended", "given-back", "handed-on", "left", "unsettled"}));
    add_since(*commands.history, options);
    add_run(*commands.history, options);
    commands.history
        ->add_option("-n,--lines", options.most_jobs, "So many, the last ones (default: 50)")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_count(text, 1); });
    commands.history
        ->add_option("--format", options.format, "export: csv or ndjson (default: ndjson)")
        ->type_name("FORMAT")
        ->check(one_of({"csv", "ndjson"}));
    commands.history
        ->add_option("--older-than", options.older_than,
                     "prune: runs that ended before that: 30d,\n2026-11-20")
        ->type_name("TIME")
        ->check(fault_of_moment);

    CLI::Option* jobs = add_jobs(*commands.retry, options);
    commands.retry
        ->add_flag("--failed", options.failed_only,
                   "All that failed in the last run and were not put back")
        ->excludes(jobs);
    add_run(*commands.retry, options)->excludes(jobs);
    add_since(*commands.retry, options)->excludes(jobs);
    commands.retry->add_flag("--front", options.at_front, "Before all others, not behind them");
    add_no_wait(*commands.retry, options);
}

}  // namespace remuda::cli
