// SPDX-License-Identifier: MIT
#pragma once

#include "cli/policy_values.h"
#include "remuda/base/clock.h"
#include "remuda/model/job.h"
#include "remuda/templating/template.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace remuda::cli {

enum class ColourChoice { automatic, always, never };

/// What becomes of a host key that is not known yet.
enum class HostKeyChoice { ask, accept_new, strict };

/// Whether jobs are run by the shim.
enum class ShimChoice { automatic, never, always };

/// The command line, understood.
struct Options {
    enum class Command {
        queue,
        broadcast,
        lock,
        edit,
        add,
        list,
        remove,
        hosts,
        version,
        status,
        show,
        logs,
        history,
        retry,
        cancel,
        selftest,
        attach,
    };

    Command command = Command::queue;
    std::string queue_file = "queue.yaml";
    std::string hosts_file = "hosts.yaml";
    /// Take no further job once one has failed.
    bool error_aborts = false;
    HaltWish halt;
    /// It is a failure that the run is to end at.
    [[nodiscard]] bool stops_at_failure() const {
        return error_aborts ||
               (halt.when != engine::Halt::When::never && halt.of == engine::Halt::Of::failures);
    }
    /// For what a job's options leave out.
    model::JobOptions job_defaults;
    bool asks_sudo_password = false;
    /// Do not end when the queue is empty.
    bool daemon = false;
    /// Show every so-manieth line of output; 0: none.
    std::size_t print_period = 1;
    /// Jobs that come back with a save of an older copy of the queue run again.
    bool allow_repeat = false;
    /// Unknown variables render empty, as in Pegasus.
    bool lenient_templates = false;
    [[nodiscard]] templating::Unknown unknown_variables() const {
        return lenient_templates ? templating::Unknown::is_empty : templating::Unknown::is_fault;
    }
    /// Broadcast: go on where the last one was stopped.
    bool resume = false;
    /// Where the store lies; empty: `.remuda` beside the queue file.
    std::string state_dir;

    // lock, edit, add, list, rm.

    /// --editor; empty: $VISUAL, $EDITOR, vim, vi.
    std::string editor;
    /// Do not wait for the lock: exit 4.
    bool no_wait = false;
    /// What stands behind `--`: the command of `lock` and of `add`.
    std::vector<std::string> words;
    /// add, retry: before all others instead of behind them.
    bool at_front = false;
    /// add: -p NAME=VALUE, in the order given; a name may come several times.
    std::vector<std::string> parameters;
    /// add: --slots and --name.
    int slots = 1;
    std::string name;
    /// hosts: "list", "check", "facts" or "clean".
    std::string hosts_action;
    /// rm: numbers, ranges and ids of entries as `list` shows them ("3", "5-7", "kfmtrb"). hosts:
    /// names of hosts. show, logs, retry, cancel, attach: numbers of jobs and ranges of them.
    std::vector<std::string> selection;

    // status, show, logs, history, retry, cancel.

    /// history: empty, "export" or "prune".
    std::string history_action;
    bool failed_only = false;
    /// A pattern, as of a shell.
    std::string node_pattern;
    std::string contains;
    /// As it was given: see parse_moment.
    std::string since;
    std::string older_than;
    std::optional<std::uint64_t> run;
    /// "running", "taken", "ended", "given-back", "handed-on", "left",
    /// "unsettled"; empty: any.
    std::string job_state;
    std::size_t most_jobs = 50;
    /// "csv" or "ndjson".
    std::string format = "ndjson";
    bool follow = false;
    bool stdout_only = false;
    bool stderr_only = false;
    /// Its id within its run.
    std::optional<std::uint64_t> attempt;

    // selftest.

    bool chaos = false;
    std::size_t drill_runs = 20;
    std::optional<std::uint64_t> seed;
    std::string keep_dir;

    // attach.

    /// Names of hosts; empty: all of the hosts file.
    std::vector<std::string> hosts;
    /// Show what the hosts keep, and follow nothing.
    bool only_list = false;
    /// Without the output that is there already.
    bool only_new = false;
    /// Have the hosts forget what was told.
    bool release = false;
    bool ends_jobs = false;

    bool json = false;
    bool quiet = false;
    bool dry_run = false;
    /// How often -v was given.
    int verbosity = 0;
    ColourChoice colour = ColourChoice::automatic;
    /// Absent: ask on a terminal, strict off it.
    std::optional<HostKeyChoice> host_key;
    /// Ask the user for a password, or read it from a file (empty: neither).
    bool asks_password = false;
    std::string password_file;
    ShimChoice shim = ShimChoice::automatic;
    /// Between TERM and KILL for a job that is told to end.
    Duration grace = std::chrono::seconds(10);
    /// Jobs die with the connection that started them.
    bool no_durable = false;
    /// How long a host is waited for on which something goes on.
    Duration lost_after = std::chrono::minutes(10);
    /// Absent: as ssh_config says, else 10 s.
    std::optional<Duration> connect_timeout;
    /// Read instead of ~/.ssh/config and /etc/ssh/ssh_config; "none": neither; empty: both.
    std::string ssh_config;
};

/// What to print and return instead of running anything: help, the version, or what is wrong.
struct Answer {
    int exit_code = 0;
    std::string out;
    std::string err;
};

/// `words`: argv without argv[0].
[[nodiscard]] std::variant<Options, Answer> parse_options(std::vector<std::string> words);

/// "remuda 0.1.0".
[[nodiscard]] std::string version_text();
/// "0.1.0".
[[nodiscard]] std::string version_number();

}  // namespace remuda::cli
