// SPDX-License-Identifier: MIT
//
// Plan: what happens in one run of the drill, drawn from a seed: the jobs, the hosts, and which
// fault strikes where and when. The same seed gives the same plan; what the strike meets still
// depends on how fast the machine is.
#pragma once

#include "remuda/base/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::selftest {

enum class Fault {
    /// kill -9 of the remuda that works the queue off; then the same command again.
    controller_killed,
    /// A second remuda on the same queue.
    second_controller,
    /// kill -9 of the shim's process on the channel.
    shim_killed,
    supervisor_killed,
    nanny_killed,
    /// Both at once: receipts alone are left.
    keepers_killed,
    /// The connection is cut: kill -9 of the sessions' sshd.
    session_killed,
    /// kill -9 of the listening sshd and its sessions; it comes back.
    server_killed,
    /// The sessions' sshd stand still for a while.
    stalled,
    /// All processes of the host are gone, and its boot id is another.
    rebooted,
    /// The disk with the queue and the store.
    disk_full_here,
    /// The host's disk.
    disk_full_there,
};
inline constexpr std::size_t kFaults = 12;

/// "controller killed".
[[nodiscard]] std::string_view name_of(Fault fault);
[[nodiscard]] constexpr std::size_t index_of(Fault fault) {
    return static_cast<std::size_t>(fault);
}
/// It is about a host.
[[nodiscard]] bool strikes_host(Fault fault);

struct Strike {
    Fault fault{};
    /// Index of the host, where it is about one.
    std::size_t host = 0;
    /// Since the run began.
    Duration at{0};
    /// Until what was taken comes back.
    Duration lasts{0};
};

struct PlannedJob {
    int number = 0;
    Duration takes{0};
    /// How its executions end, one after the other; the last one counts for all that follow. An
    /// exit code, or the name of a signal that it sends itself: "3", "TERM".
    std::vector<std::string> ends;
    /// What the user allows.
    int retries = 0;
    /// It writes so many.
    int lines = 0;
    /// Its `cwd` is another than the home: that is entered by a process of its own.
    bool is_elsewhere = false;
};

struct Plan {
    std::uint64_t seed = 0;
    std::size_t hosts = 1;
    int slots = 1;
    bool with_shim = true;
    std::vector<PlannedJob> jobs;
    /// In the order of their time.
    std::vector<Strike> strikes;
};

/// `can_fill`: the disks can be filled here.
[[nodiscard]] Plan draw_plan(std::uint64_t seed, bool can_fill);

/// A plan in which nothing strikes.
[[nodiscard]] Plan quiet_plan(bool with_shim);

/// The program that all jobs are: `sh FILE NUMBER SECONDS LINES END...`. It appends to the file of
/// its number in `records` a line when it begins and one right before it ends.
[[nodiscard]] std::string job_script(const std::string& records);
/// The queue file of a plan; `script` is the file with job_script.
[[nodiscard]] std::string queue_text(const Plan& plan, const std::string& script);
/// Of which job a command or an entry made by queue_text is.
[[nodiscard]] std::optional<int> job_in(std::string_view text, const std::string& script);
/// What an execution of the job writes on stdout.
[[nodiscard]] std::string output_of(const PlannedJob& job);

}  // namespace remuda::selftest
