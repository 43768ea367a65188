// SPDX-License-Identifier: MIT
//
// The subcommands and what each takes, as CLI11 is told of them. It costs seconds to compile, so
// only options.cc and the files that fill this in include it.
#pragma once

#include "cli/options.h"

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace remuda::cli {

/// What CLI11 fills in before it becomes Options.
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
          attach(app.add_subcommand("attach", "Follow jobs that go on on the machines")),
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
    CLI::App* attach;
    CLI::App* version;
    CLI::App* help;
    CLI::App* completion;
};

// Parts of what several subcommands take.

void add_queue_file(CLI::App& command, Options& options);
void add_hosts_file(CLI::App& command, Options& options);
void add_lenient(CLI::App& command, Options& options);
void add_colour(CLI::App& command, Raw& raw);
void add_json(CLI::App& command, Options& options);
/// --no-wait.
void add_no_wait(CLI::App& command, Options& options);
/// For those who connect to hosts.
void add_connecting_options(CLI::App& command, Options& options, Raw& raw);

// Whole groups.

/// queue and broadcast.
void add_running(const Subcommands& commands, Options& options, Raw& raw);
/// What looks at the store afterwards, and while runs go on.
void add_afterwards(const Subcommands& commands, Options& options, Raw& raw);
void add_attach(const Subcommands& commands, Options& options, Raw& raw);
/// All of them.
void add_options(const Subcommands& commands, Options& options, Raw& raw);

}  // namespace remuda::cli
