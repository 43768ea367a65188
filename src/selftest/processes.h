// SPDX-License-Identifier: MIT
//
// Processes of this machine: starting some, and finding those that belong to a host of the drill.
#pragma once

#include "remuda/base/result.h"

#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace remuda::selftest {

struct ProcessSpec {
    /// argv; argv[0] is a path.
    std::vector<std::string> arguments;
    /// All that it has.
    std::vector<std::pair<std::string, std::string>> environment;
    /// Empty: where we are.
    std::string directory;
    /// stdout and stderr are appended to it; empty: /dev/null.
    std::string output;
};

/// Starts it in a process group of its own; it is killed if we end before it. Its end is the
/// caller's to wait for.
[[nodiscard]] Result<pid_t> start_process(const ProcessSpec& spec);

/// Runs it to its end; an error if that is not exit code 0, with what it wrote.
[[nodiscard]] Result<void> run_process(ProcessSpec spec, const std::string& output);

struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    /// Its short name, as the kernel has it.
    std::string name;
    int threads = 0;
    /// It was started with the variable that was asked for.
    bool is_marked = false;
    /// It is a job, or was started by one.
    bool is_job = false;
};

/// All living processes, with those marked that have `variable` ("NAME=value") in the environment
/// that they were started with.
[[nodiscard]] std::vector<Process> processes(const std::string& variable);

/// Those that descend from `pid`, without it.
[[nodiscard]] std::vector<Process> descendants(const std::vector<Process>& all, pid_t pid);

}  // namespace remuda::selftest
