// SPDX-License-Identifier: MIT
//
// The only file that includes CLI11: it costs seconds to compile.
#include "cli/options.h"

#include "cli/completion.h"
#include "cli/examples.h"
#include "cli/policy_values.h"
#include "cli/suggestion.h"
#include "cli/value_faults.h"
#include "remuda/base/units.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace remuda::cli {

namespace {

// The value's name alone: CLI11 adds what its checks are called and what excludes what.
std::string value_name_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(':'));
}

// Help that begins with examples.
class ExamplesFirst final : public CLI::Formatter {
  public:
    std::string make_description(const CLI::App* app) const override {
        return std::string(examples_of(app->get_name())) + CLI::Formatter::make_description(app);
    }

    // CLI11 does not know of the words behind `--`.
    std::string make_usage(const CLI::App* app, std::string name) const override {
        std::string text = CLI::Formatter::make_usage(app, std::move(name));
        if (app->get_name() == "lock") text.insert(text.size() - 1, " [-- CMD...]");
        if (app->get_name() == "add") text.insert(text.size() - 1, " -- CMD...");
        return text;
    }

    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_items_expected_max() == 0 ? "" : " " + value_name_of(*option);
    }
};

// What CLI11 fills in before it becomes Options.
struct Raw {
    std::string host_key;
    std::string shim = "auto";
    std::string colour = "auto";
    double grace_seconds = 10;
    double lost_after_seconds = 600;
    std::optional<double> connect_timeout_seconds;
    bool ignore_errors = false;
    std::string halt = "never";
    std::string timeout;
    std::string retry_delay;
    std::string retry_on;
    std::string output_limit;
    std::vector<std::string> environment;
    std::optional<int> retries;
    std::optional<int> nice;
    bool is_root = false;
    std::string help_on;
    std::string shell;
};

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

// For those who connect to hosts.
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
        ->check(fault_of_template);
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

// What lock and edit have in common.
void add_editing_options(CLI::App& command, Options& options, Raw& raw) {
    add_queue_file(command, options);
    add_hosts_file(command, options);
    command
        .add_option("--editor", options.editor, "The editor (default: $VISUAL, $EDITOR, vim, vi)")
        ->type_name("COMMAND");
    command.add_flag("--no-wait", options.no_wait,
                     "If the queue is locked, exit with 4 instead of\nwaiting");
    add_lenient(command, options);
    add_colour(command, raw);
}

struct Subcommands {
    explicit Subcommands(CLI::App& app)
        : queue(app.add_subcommand("queue", "Work off the queue: each job once")),
          broadcast(app.add_subcommand("broadcast", "Run each command on every node, in step")),
          lock(app.add_subcommand("lock", "Hold the queue's lock while an editor or CMD runs")),
          edit(app.add_subcommand("edit", "Edit a copy of the queue and merge it on saving")),
          add(app.add_subcommand("add", "Add a command to the queue")),
          list(app.add_subcommand("list", "Show what is in the queue")),
          remove(app.add_subcommand("rm", "Take entries out of the queue without running them")),
          hosts(app.add_subcommand("hosts", "Show the machines, and whether they can be reached")),
          status(app.add_subcommand("status", "Show what runs where, and what waits")),
          show(app.add_subcommand("show", "Show all that is known of a job")),
          logs(app.add_subcommand("logs", "Show the output of a job, also while it runs")),
          history(app.add_subcommand("history", "List the jobs of this and earlier runs")),
          retry(app.add_subcommand("retry", "Put jobs that failed back into the queue")),
          cancel(app.add_subcommand("cancel", "End running jobs")),
          selftest(app.add_subcommand("selftest", "Try on this machine whether remuda works")),
          version(app.add_subcommand("version", "Show the version")),
          help(app.add_subcommand("help", "Show the help of a subcommand")),
          completion(app.add_subcommand("completion", "Print a completion script for a shell")) {
        queue->alias("q");
        broadcast->alias("b");
        lock->alias("l");
        list->alias("ls");
    }

    CLI::App* queue;
    CLI::App* broadcast;
    CLI::App* lock;
    CLI::App* edit;
    CLI::App* add;
    CLI::App* list;
    CLI::App* remove;
    CLI::App* hosts;
    CLI::App* status;
    CLI::App* show;
    CLI::App* logs;
    CLI::App* history;
    CLI::App* retry;
    CLI::App* cancel;
    CLI::App* selftest;
    CLI::App* version;
    CLI::App* help;
    CLI::App* completion;
};

void add_json(CLI::App& command, Options& options) {
    command.add_flag("--json", options.json, "One JSON object a line (docs/json.md)");
}

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

// What looks at the store afterwards, and while runs go on.
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
                     "Only taken, running, ended, given-back, handed-on or\nunsettled jobs")
        ->type_name("STATE")
        ->check(one_of({"taken", "running", "ended", "given-back", "handed-on", "unsettled"}));
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
    commands.retry->add_flag("--no-wait", options.no_wait,
                             "If the queue is locked, exit with 4 instead of\nwaiting");
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

void add_options(const Subcommands& commands, Options& options, Raw& raw) {
    add_afterwards(commands, options, raw);
    add_selftest(*commands.selftest, options);
    commands.help->add_option("SUBCOMMAND", raw.help_on, "One that `remuda --help` lists");
    commands.completion->add_option("SHELL", raw.shell, "bash, zsh or fish")
        ->required()
        ->check(one_of({"bash", "zsh", "fish"}));
    add_run_options(*commands.queue, options, raw);
    add_run_options(*commands.broadcast, options, raw);
    commands.broadcast->add_flag("--resume", options.resume,
                                 "First run what nodes missed of the last broadcast\nthat was "
                                 "stopped");
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
    commands.add->add_flag("--no-wait", options.no_wait,
                           "If the queue is locked, exit with 4 instead of\nwaiting");
    add_lenient(*commands.add, options);
    add_colour(*commands.add, raw);
    add_queue_file(*commands.list, options);
    commands.list->add_flag("--json", options.json, "One JSON object a line (docs/json.md)");
    add_colour(*commands.list, raw);
    add_queue_file(*commands.remove, options);
    commands.remove
        ->add_option("ENTRY", options.selection,
                     "Entries as `remuda list` shows them: 3, 5-7, or an id")
        ->required();
    commands.remove->add_flag("--no-wait", options.no_wait,
                              "If the queue is locked, exit with 4 instead of\nwaiting");
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
    commands.hosts->add_flag("--json", options.json, "One JSON object a line (docs/json.md)");
    add_colour(*commands.hosts, raw);
    commands.hosts->add_flag(
        "-v,--verbose", options.verbosity,
        "Show keys and algorithms, and what is done otherwise\nthan ssh would");
    for (CLI::App* command :
         {commands.queue, commands.broadcast, commands.lock, commands.edit, commands.add,
          commands.list, commands.remove, commands.hosts, commands.version, commands.status,
          commands.show, commands.logs, commands.history, commands.retry, commands.cancel,
          commands.selftest}) {
        for (CLI::Option* option : command->get_options(
                 [](const CLI::Option* of) { return of->get_items_expected_max() == 0; })) {
            // No --json=3.
            option->disable_flag_override();
        }
    }
}

Options::Command command_of(const Subcommands& commands) {
    using Command = Options::Command;
    if (commands.broadcast->parsed()) return Command::broadcast;
    if (commands.lock->parsed()) return Command::lock;
    if (commands.edit->parsed()) return Command::edit;
    if (commands.add->parsed()) return Command::add;
    if (commands.list->parsed()) return Command::list;
    if (commands.remove->parsed()) return Command::remove;
    if (commands.hosts->parsed()) return Command::hosts;
    if (commands.version->parsed()) return Command::version;
    if (commands.status->parsed()) return Command::status;
    if (commands.show->parsed()) return Command::show;
    if (commands.logs->parsed()) return Command::logs;
    if (commands.history->parsed()) return Command::history;
    if (commands.retry->parsed()) return Command::retry;
    if (commands.cancel->parsed()) return Command::cancel;
    if (commands.selftest->parsed()) return Command::selftest;
    return Command::queue;
}

// `lock` and `add` are given a command behind `--`, which is not for CLI11: takes it off.
std::vector<std::string> cut_command_words(std::vector<std::string>& words) {
    const bool takes_command =
        !words.empty() && (words[0] == "lock" || words[0] == "l" || words[0] == "add");
    const auto dashes = std::find(words.begin(), words.end(), "--");
    if (!takes_command || dashes == words.end()) return {};
    std::vector<std::string> behind(dashes + 1, words.end());
    words.erase(dashes, words.end());
    return behind;
}

void understand(const Raw& raw, Options& options) {
    if (raw.host_key == "ask") options.host_key = HostKeyChoice::ask;
    if (raw.host_key == "accept-new") options.host_key = HostKeyChoice::accept_new;
    if (raw.host_key == "strict") options.host_key = HostKeyChoice::strict;
    if (raw.shim == "never") options.shim = ShimChoice::never;
    if (raw.shim == "always") options.shim = ShimChoice::always;
    if (raw.colour == "always") options.colour = ColourChoice::always;
    if (raw.colour == "never") options.colour = ColourChoice::never;
    const auto duration = [](double seconds) {
        return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    };
    options.grace = duration(raw.grace_seconds);
    options.lost_after = duration(raw.lost_after_seconds);
    options.halt = parse_halt(raw.halt).value_or(HaltWish());
    model::JobOptions& job = options.job_defaults;
    job.timeout = parse_duration(raw.timeout);
    job.retries = raw.retries;
    job.retry_delay = parse_duration(raw.retry_delay);
    if (!raw.retry_on.empty()) job.retry_on = parse_retry_on(raw.retry_on);
    for (const std::string& variable : raw.environment) {
        const std::size_t at = variable.find('=');
        job.environment.emplace_back(variable.substr(0, at), variable.substr(at + 1));
    }
    if (raw.is_root) job.is_root = true;
    job.nice = raw.nice;
    job.output_limit = parse_size(raw.output_limit);
    if (raw.connect_timeout_seconds) {
        options.connect_timeout = duration(*raw.connect_timeout_seconds);
    }
}

std::vector<KnownOption> known_options(const CLI::App& app) {
    std::vector<KnownOption> known;
    for (const CLI::Option* option : app.get_options()) {
        const bool takes_value = option->get_items_expected_max() > 0;
        const std::string value = takes_value ? value_name_of(*option) : "";
        for (const std::string& name : option->get_lnames()) {
            known.push_back({"--" + name, takes_value, value, option->get_description()});
        }
        for (const std::string& name : option->get_snames()) {
            known.push_back({"-" + name, takes_value, value, option->get_description()});
        }
    }
    return known;
}

Grammar grammar_of(const CLI::App& app) {
    Grammar grammar;
    grammar.options = known_options(app);
    for (const CLI::App* command : app.get_subcommands({})) {
        std::vector<std::string> names = {command->get_name()};
        for (const std::string& alias : command->get_aliases())
            names.push_back(alias);
        grammar.commands.push_back(
            {std::move(names), known_options(*command), command->get_description(),
             std::ranges::any_of(command->get_options(), &CLI::Option::get_positional)});
    }
    return grammar;
}

bool is_command(const Grammar& grammar, const std::string& word) {
    return std::ranges::any_of(grammar.commands, [&](const KnownCommand& command) {
        return std::ranges::find(command.names, word) != command.names.end();
    });
}

constexpr int kUsageError = 2;

// What the parser cannot tell.
std::string fault_of_choice(const Options& options) {
    using Command = Options::Command;
    const bool is_history = options.command == Command::history;
    if (is_history && options.history_action == "prune" && options.older_than.empty()) {
        return "how old may a run be? --older-than 30d";
    }
    if (is_history && options.history_action != "prune" && !options.older_than.empty()) {
        return "--older-than is for: remuda history prune";
    }
    if (options.command == Command::retry && options.selection.empty() && !options.failed_only) {
        return "which jobs? --failed, or numbers as `remuda history` shows them";
    }
    return "";
}

Answer usage_error(const CLI::App& app, const CLI::ParseError& error,
                   const std::vector<std::string>& words) {
    if (words.empty()) return {kUsageError, "", app.help()};
    std::string fault = first_unknown_word(grammar_of(app), words);
    if (fault.empty()) fault = error.what();
    // "--grace: 1 required SECONDS missing".
    constexpr std::string_view missing = ": 1 required ";
    if (const std::size_t at = fault.find(missing); at != std::string::npos) {
        fault = "a value is missing: " + fault.substr(0, at) + " " +
                fault.substr(at + missing.size(), fault.rfind(' ') - at - missing.size());
        if (const std::size_t type = fault.find(':', fault.find("--")); type != std::string::npos) {
            fault.resize(type);
        }
    }
    if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
        // "--error-aborts excludes --ignore-errors".
        constexpr std::string_view excludes = " excludes ";
        if (const std::size_t at = fault.find(excludes); at != std::string::npos) {
            fault.replace(at, excludes.size(), " cannot be given together with ");
        }
    }
    constexpr std::string_view given_value = " was given a disallowed flag override";
    if (const std::size_t at = fault.find(given_value); at != std::string::npos) {
        fault = "--" + fault.substr(0, at) + " takes no value";
    }
    const std::string where =
        is_command(grammar_of(app), words[0]) ? "remuda " + words[0] : "remuda";
    return {kUsageError, "",
            fmt::format("error: {}\n  ({} --help shows what there is)\n", fault, where)};
}

}  // namespace

std::variant<Options, Answer> parse_options(std::vector<std::string> words) {
    Options options;
    Raw raw;
    CLI::App app("Run commands on many machines over SSH; nothing is installed there.", "remuda");
    app.formatter(std::make_shared<ExamplesFirst>());
    app.set_help_flag("-h,--help", "Show this");
    app.set_version_flag("-V,--version", version_text(), "Show the version");
    app.require_subcommand(1);
    const Subcommands commands(app);
    add_options(commands, options, raw);
    options.words = cut_command_words(words);
    // CLI11 gives the help of a subcommand only to the words of its option.
    if (!words.empty() && words[0] == "help" && words.size() <= 2 &&
        !words.back().starts_with('-')) {
        words.erase(words.begin());
        if (words.empty() || is_command(grammar_of(app), words[0])) words.emplace_back("--help");
    }

    try {
        // CLI11 takes the words from the back.
        std::vector<std::string> reversed(words.rbegin(), words.rend());
        app.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        return Answer{0, app.help(), ""};
    } catch (const CLI::CallForVersion&) {
        return Answer{0, version_text() + "\n", ""};
    } catch (const CLI::ParseError& error) {
        return usage_error(app, error, words);
    }
    if (commands.help->parsed()) return Answer{0, app.help(), ""};
    if (commands.completion->parsed()) {
        return Answer{0, completion_script(raw.shell, grammar_of(app)), ""};
    }
    options.command = command_of(commands);
    if (const std::string fault = fault_of_choice(options); !fault.empty()) {
        return Answer{kUsageError, "",
                      fmt::format("error: {}\n  (remuda {} --help shows what there is)\n", fault,
                                  words.empty() ? "" : words[0])};
    }
    understand(raw, options);
    if (options.daemon && options.halt.percent) {
        return Answer{kUsageError, "",
                      "error: --halt takes no percentage with --daemon: nobody knows of how many "
                      "jobs\n"};
    }
    return options;
}

std::string version_number() {
    return REMUDA_VERSION;
}

std::string version_text() {
    return "remuda " + version_number();
}

}  // namespace remuda::cli
