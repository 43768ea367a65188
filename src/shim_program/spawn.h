// SPDX-License-Identifier: MIT
//
// Starting a command in a session of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>
#include <sys/types.h>

namespace remuda::shim::program {

/// No shell uses it by itself.
constexpr int kScriptFd = 9;

struct Command {
    const char* path = "/bin/sh";
    const char* const* argv = nullptr;
    const char* const* environment = nullptr;
    const char* directory = nullptr;
    /// Descriptors above 2; 0 takes our own, which is /dev/null.
    int in = 0;
    int out = 0;
    int err = 0;
    int nice = 0;
    mode_t mask = 022;
    /// What the command finds open as kScriptFd; -1: nothing.
    int script = -1;
    /// A record of the journal that the child writes before it executes, its own pid put in: so who
    /// finds none after a crash knows that nothing ran.
    std::string* receipt = nullptr;
    int journal = -1;
    /// The nanny's socket, to which the child gives the read ends of its output before it executes:
    /// so nothing that it writes is lost when we are killed. -1: it does not.
    int nanny = -1;
    int out_read = -1;
    int err_read = -1;
    /// How many files it may open: what we had before we raised ours.
    rlimit files{};
};

/// Where starting failed.
enum class SpawnStep { fork, session, directory, nice, word, receipt, execute };

struct Spawned {
    pid_t pid = -1;
    /// 0, or the errno and the step that failed.
    int error = 0;
    SpawnStep step = SpawnStep::fork;
    /// Whose pipes the nanny has, also where it was not executed; 0: it has none.
    pid_t handed = 0;
};

/// Returns when the command executes or cannot.
Spawned spawn(const Command& command);

// What a child does until it executes, in order. Nothing is allocated, since one that was made by
// vfork runs on our memory. False, or a return: errno says why, and `step` where.

/// A session, and the three streams.
bool stand_apart(const Command& command, volatile int& step);
/// The directory and what it may not use.
bool settle(const Command& command, volatile int& step);
/// Writes `receipt`, unless it is empty, to `journal`, and executes.
void execute(const Command& command, std::string_view receipt, int journal, volatile int& step);

}  // namespace remuda::shim::program
