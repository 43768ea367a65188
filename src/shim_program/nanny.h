// SPDX-License-Identifier: MIT
//
// The supervisor's parent. What the supervisor leaves behind when it is killed becomes the nanny's:
// it keeps the exit statuses and the read ends of the pipes, so that no job is hit by SIGPIPE and
// no output is lost, and hands both to the next supervisor, which it forks.
//
// They talk over a socketpair of packets; both are of the same program, so packets are structs.
#pragma once

#include "shim_program/system.h"

#include <cstdint>
#include <string>
#include <unordered_map>

#include <sys/resource.h>
#include <sys/types.h>

namespace remuda::shim::program {

/// What a process used.
struct Usage {
    std::uint64_t user_us = 0;
    std::uint64_t system_us = 0;
    std::uint64_t memory_kib = 0;
};
Usage usage_of(const rusage& from);

/// What the nanny has of a job.
struct Held {
    Fd out;
    Fd err;
    bool has_ended = false;
    int status = 0;
    Usage usage;
};
using HeldJobs = std::unordered_map<pid_t, Held>;

enum class NannyWord : std::uint32_t {
    hold,      ///< to the nanny: pid, with its pipes' read ends
    forget,    ///< to the nanny: pid
    ask,       ///< to the nanny: tell of all that has ended, then `answered`
    ended,     ///< from the nanny: pid, status, usage
    answered,  ///< from the nanny
};

struct NannyPacket {
    NannyWord word{};
    pid_t pid = 0;
    int status = 0;
    /// Of `hold`: which of the two read ends come with it.
    bool has_out = false;
    bool has_err = false;
    Usage usage;
};

/// Several packets travel in one message.
constexpr std::size_t kMostPackets = 120;

/// Gives the nanny the read ends of a job's output to hold; -1: that one has ended. False: it is
/// too busy now. May be called in a child that is about to execute something.
bool give_to_nanny(int nanny, pid_t pid, int out, int err);

struct Settings {
    /// Where programs are, and the folder in it that is this host's.
    std::string path;
    int folder = -1;
    std::uint64_t linger_us = 0;
    /// Closed when fronts are heard.
    int ready = -1;
    /// What jobs may open.
    rlimit files{};
    std::string program;
    /// This nanny had a supervisor before.
    bool takes_over = false;
};

/// Runs the nanny and, in its children, supervisors. Returns the exit code of the process.
int run_nanny(const Settings& settings);

/// Runs the supervisor (supervisor.cc). `nanny_socket` speaks with its parent; `held` is what an
/// earlier supervisor left.
int run_supervisor(const Settings& settings, int nanny_socket, HeldJobs held);

}  // namespace remuda::shim::program
