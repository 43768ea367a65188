// SPDX-License-Identifier: MIT
//
// Programs started by tests. Nothing here uses the loop, so that the loop can be tested with it.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace remuda::test {

/// How a program ended and what it wrote.
struct Finished {
    int exit_status = -1;  ///< -1 if a signal ended it
    int signal = 0;        ///< 0 if it exited
    std::string output;    ///< its stdout
    std::string errors;    ///< its stderr
};

/// Files that a started program gets; -1 stands for /dev/null.
struct Stdio {
    int in = -1;
    int out = -1;
    int err = -1;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

/// Starts `argv` (found in PATH) in a process group of its own, with `environment` added to ours.
/// Throws std::runtime_error if it cannot be started.
[[nodiscard]] pid_t start_program(const std::vector<std::string>& argv, Stdio stdio,
                                  const Environment& environment = {});

/// Runs `argv` to its end with `input` on its stdin.
[[nodiscard]] Finished run_program(const std::vector<std::string>& argv,
                                   const std::string& input = {},
                                   const Environment& environment = {});

/// Waits until the process `pid`, a child of ours or not, is gone or has become a zombie. False
/// when `limit` has passed before.
[[nodiscard]] bool wait_until_ended(pid_t pid, std::chrono::milliseconds limit);

/// Every living process that descends from `pid`, without `pid` itself.
[[nodiscard]] std::vector<pid_t> descendants(pid_t pid);

/// Every living process that has `variable` (`NAME=value`) in the environment it was started with.
[[nodiscard]] std::vector<pid_t> processes_with(const std::string& variable);

}  // namespace remuda::test
