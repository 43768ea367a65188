// SPDX-License-Identifier: MIT
//
// What the commands take that edit the queue and look at hosts, and what several have in common.
#include "cli/subcommands.h"

#include "cli/value_faults.h"

namespace remuda::cli {

void add_queue_file(CLI::App& command, Options& options) {
    command.add_option("-Q,--queue-file", options.queue_file, "The queue (default: queue.yaml)")
        ->type_name("FILE");
    command
        .add_option("--state-dir", options.state_dir,
                    "Where claims and outcomes are kept\n(default: .remuda beside the queue)")
        ->type_name("DIR");
}

void add_hosts_file(CLI::App& command, Options& options) {
    command.add_option("-H,--hosts-file", options.hosts_file, "The machines (default: hosts.yaml)")
        ->type_name("FILE");
}

void add_lenient(CLI::App& command, Options& options) {
    command.add_flag("--lenient-templates", options.lenient_templates,
                     "Unknown variables are empty, as in Pegasus");
}

void add_colour(CLI::App& command, Raw& raw) {
    command.add_option("--color", raw.colour, "auto, always or never (default: auto)")
        ->type_name("WHEN")
        ->check(one_of({"auto", "always", "never"}));
}

void add_connecting_options(CLI::App& command, Options& options, Raw& raw) {
    command
        .add_option("--host-key", raw.host_key,
                    "New host keys: ask, accept-new or strict\n"
                    "(default: ask on a terminal, else strict)")
        ->type_name("HOW")
        ->check(one_of({"ask", "accept-new", "strict"}));
    command
        .add_option("--connect-timeout", raw.connect_timeout_seconds,
                    "For connecting to a host (default: as ssh_config\nsays, else 10)")
        ->type_name("SECONDS")
        ->check([](const std::string& text) { return fault_of_seconds(text, 0.001); });
    command
        .add_option(
            "--ssh-config", options.ssh_config,
            "Read instead of ~/.ssh/config and the system's\nssh_config; none: read neither")
        ->type_name("FILE")
        ->check(fault_of_ssh_config);
    CLI::Option* asks = command.add_flag("--ask-password", options.asks_password,
                                         "Ask once for a password, for hosts that take none\n"
                                         "of your keys");
    command
        .add_option("--password-file", options.password_file,
                    "Read that password from the first line of FILE")
        ->type_name("FILE")
        ->excludes(asks);
}

void add_json(CLI::App& command, Options& options) {
    command.add_flag("--json", options.json, "One JSON object a line (docs/json.md)");
}

void add_no_wait(CLI::App& command, Options& options) {
    command.add_flag("--no-wait", options.no_wait,
                     "If the queue is locked, exit with 4 instead of\nwaiting");
}

namespace {

// What lock and edit have in common.
void add_editing_options(CLI::App& command, Options& options, Raw& raw) {
    add_queue_file(command, options);
    add_hosts_file(command, options);
    command
        .add_option("--editor", options.editor, "The editor (default: $VISUAL, $EDITOR, vim, vi)")
        ->type_name("COMMAND");
    add_no_wait(command, options);
    add_lenient(command, options);
    add_colour(command, raw);
}

void add_selftest(CLI::App& command, Options& options) {
    CLI::Option* chaos =
        command.add_flag("--chaos", options.chaos, "Kill, cut and fill at random instants");
    command.add_option("--runs", options.drill_runs, "So many queues (default: 20)")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_count(text, 1); })
        ->needs(chaos);
    command
        .add_option("--seed", options.seed,
                    "Draw the same jobs and faults again (default:\nothers each time)")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_count(text, 0); })
        ->needs(chaos);
    command.add_option("--keep", options.keep_dir, "Copy what failed runs leave to DIR")
        ->type_name("DIR");
    add_json(command, options);
}

}  // namespace

void add_options(const Subcommands& commands, Options& options, Raw& raw) {
    add_afterwards(commands, options, raw);
    add_selftest(*commands.selftest, options);
    add_attach(commands, options, raw);
    commands.help->add_option("SUBCOMMAND", raw.help_on, "One that `remuda --help` lists");
    commands.completion->add_option("SHELL", raw.shell, "bash, zsh or fish")
        ->required()
        ->check(one_of({"bash", "zsh", "fish"}));
    add_running(commands, options, raw);
    add_editing_options(*commands.lock, options, raw);
    add_editing_options(*commands.edit, options, raw);
    add_queue_file(*commands.add, options);
    add_hosts_file(*commands.add, options);
    commands.add->add_flag("--front", options.at_front, "Before all others, not behind them");
    commands.add
        ->add_option("-p,--parameter", options.parameters,
                     "A parameter; given several times, it has several\nvalues")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->check(fault_of_assignment);
    commands.add->add_option("--slots", options.slots, "Slots that the job needs (default: 1)")
        ->type_name("N")
        ->check([](const std::string& text) { return fault_of_count(text, 1); });
    commands.add->add_option("--name", options.name, "What messages call the job")
        ->type_name("TEXT");
    add_no_wait(*commands.add, options);
    add_lenient(*commands.add, options);
    add_colour(*commands.add, raw);
    add_queue_file(*commands.list, options);
    add_json(*commands.list, options);
    add_colour(*commands.list, raw);
    add_queue_file(*commands.remove, options);
    commands.remove
        ->add_option("ENTRY", options.selection,
                     "Entries as `remuda list` shows them: 3, 5-7, or an id")
        ->required();
    add_no_wait(*commands.remove, options);
    add_colour(*commands.remove, raw);
    commands.hosts
        ->add_option("ACTION", options.hosts_action,
                     "list: how each is reached; check: log in to each;\n"
                     "facts: what each is and has; clean: remove what the\n"
                     "shim left there and does not use")
        ->required()
        ->check(one_of({"list", "check", "facts", "clean"}));
    commands.hosts->add_option(
        "NAME", options.selection,
        "Hosts of hosts.yaml, or any that ssh knows\n(default: all of hosts.yaml)");
    add_hosts_file(*commands.hosts, options);
    add_connecting_options(*commands.hosts, options, raw);
    add_json(*commands.hosts, options);
    add_colour(*commands.hosts, raw);
    commands.hosts->add_flag(
        "-v,--verbose", options.verbosity,
        "Show keys and algorithms, and what is done otherwise\nthan ssh would");
    for (CLI::App* command :
         {commands.queue, commands.broadcast, commands.lock, commands.edit, commands.add,
          commands.list, commands.remove, commands.hosts, commands.version, commands.status,
          commands.show, commands.logs, commands.history, commands.retry, commands.cancel,
          commands.selftest, commands.attach}) {
        for (CLI::Option* option : command->get_options(
                 [](const CLI::Option* of) { return of->get_items_expected_max() == 0; })) {
            // No --json=3.
            option->disable_flag_override();
        }
    }
}

}  // namespace remuda::cli
