// SPDX-License-Identifier: MIT
//
// What `remuda attach` takes.
#include "cli/subcommands.h"
#include "cli/value_faults.h"

namespace remuda::cli {

void add_attach(const Subcommands& commands, Options& options, Raw& raw) {
    CLI::App& command = *commands.attach;
    CLI::Option* jobs =
        command.add_option("JOB", options.selection,
                           "Numbers of jobs, 3-7 for several, or beginnings of\nkeys, as --list "
                           "shows them (default: all)");
    command
        .add_option("--host", options.hosts,
                    "Only this host of hosts.yaml, or any that ssh\nknows; may be given several "
                    "times")
        ->type_name("NAME")
        ->allow_extra_args(false);
    add_hosts_file(command, options);
    CLI::Option* list = command.add_flag("--list", options.only_list,
                                         "Show what the hosts keep, and follow nothing");
    command.add_flag("--new", options.only_new, "Without the output that is there already")
        ->excludes(list);
    command
        .add_flag("--release", options.release,
                  "Have the hosts forget what was told of jobs that\nended: for when their own "
                  "remuda does not come back;\na JOB must be of one queue")
        ->excludes(list);
    command
        .add_flag("--cancel", options.ends_jobs,
                  "End the JOBs, with TERM and after their grace with\nKILL: for when no remuda is "
                  "there that `remuda cancel`\ncould tell; a JOB must be of one queue")
        ->excludes(list)
        ->needs(jobs);
    add_connecting_options(command, options, raw);
    command
        .add_option("--lost-after", raw.lost_after_seconds,
                    "For so long wait for a host that is away while\nits jobs go on (default: 600)")
        ->type_name("SECONDS")
        ->check([](const std::string& text) { return fault_of_seconds(text, 0); });
    command
        .add_option("-p,--print-period", options.print_period,
                    "Show every Nth line; 0: none (default: 1)")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_count(text, 0); });
    add_json(command, options);
    add_colour(command, raw);
    command.add_flag("-q,--quiet", options.quiet, "Only failures and the summary");
    command.add_flag("-v,--verbose", options.verbosity, "Tell of logins and broken connections");
}

}  // namespace remuda::cli
