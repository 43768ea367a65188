// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/clock.h"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace remuda::cli {

enum class ColourChoice { automatic, always, never };

/// What becomes of a host key that is not known yet.
enum class HostKeyChoice { ask, accept_new, strict };

/// The command line, understood.
struct Options {
    enum class Command { queue, broadcast, version };

    Command command = Command::queue;
    std::string queue_file = "queue.yaml";
    std::string hosts_file = "hosts.yaml";
    /// Take no further job once one has failed.
    bool error_aborts = false;
    bool json = false;
    bool quiet = false;
    bool dry_run = false;
    /// How often -v was given.
    int verbosity = 0;
    ColourChoice colour = ColourChoice::automatic;
    /// Absent: ask on a terminal, strict off it.
    std::optional<HostKeyChoice> host_key;
    /// Between TERM and KILL for a job that is told to end.
    Duration grace = std::chrono::seconds(10);
    Duration connect_timeout = std::chrono::seconds(10);
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
