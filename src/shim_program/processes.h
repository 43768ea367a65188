// SPDX-License-Identifier: MIT
//
// Which processes belong to a job, as /proc shows it at one moment.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <dirent.h>
#include <sys/types.h>

namespace remuda::shim::program {

constexpr std::string_view kKeyVariable = "REMUDA_KEY=";

struct Process {
    pid_t parent = 0;
    pid_t session = 0;
    bool is_zombie = false;
    /// When it was started, in ticks since the machine was.
    std::uint64_t started = 0;
};

/// How the processes of a job are known.
struct JobMarks {
    /// Its first process.
    pid_t leader = 0;
    /// It was waited for: the number may be another's by now.
    bool is_leader_gone = false;
    std::string_view key;
    /// Inodes of the pipes that it writes to, 0 where they are closed.
    ino_t outputs[2] = {};
    /// Its orphans went to somebody else than `roots`: only the key tells.
    bool is_anywhere = false;
};

class Processes {
  public:
    /// Reads /proc, with descriptors that are kept for that: it works where all others are in use.
    Processes();
    ~Processes();
    Processes(const Processes&) = delete;
    Processes& operator=(const Processes&) = delete;

    /// False: /proc could not be read, and what is not found may be there all the same.
    [[nodiscard]] bool is_known() const { return !all_.empty(); }

    /// The living processes of a job: the descendants of its leader, and among the children of
    /// `roots` (the supervisor and the nanny, who are given the orphans) those of its session, with
    /// its key or with its output, with all that descends from them. Parents come before their
    /// children: a shell whose child is ended first would go on to its next command. `keyless`, if
    /// given, gets the living ones below `roots` that could not be told from others: they showed no
    /// key, as what has ended since, or is just about to execute something.
    [[nodiscard]] std::vector<pid_t> of_job(const JobMarks& job, const std::vector<pid_t>& roots,
                                            std::set<pid_t>* keyless = nullptr) const;

    [[nodiscard]] std::vector<pid_t> children(pid_t parent) const;

    /// The children of `parent` with the keys that they carry; those without are left out.
    [[nodiscard]] std::vector<std::pair<pid_t, std::string>> keyed_children(pid_t parent) const;

    /// Any living process that carries `key`, 0 if there is none.
    [[nodiscard]] pid_t any_with(std::string_view key) const;

    [[nodiscard]] pid_t parent_of(pid_t pid) const;
    /// It was there before that moment (ticks_now); as far as a tick tells.
    [[nodiscard]] bool is_older(pid_t pid, std::uint64_t ticks) const;

  private:
    int read_list(DIR* folder);
    [[nodiscard]] bool belongs_to(const JobMarks& job, pid_t pid) const;

    /// Read once each.
    [[nodiscard]] const std::string& key_of(pid_t pid) const;

    /// Whether `pid` has one of the pipes open.
    [[nodiscard]] bool holds(pid_t pid, const ino_t (&pipes)[2]) const;

    int lists_ = 0;
    std::unordered_map<pid_t, Process> all_;
    std::unordered_map<pid_t, std::vector<pid_t>> children_;
    mutable std::unordered_map<pid_t, std::string> keys_;
    mutable std::unordered_map<pid_t, std::vector<ino_t>> pipes_;
};

/// On the clock of Process::started.
std::uint64_t ticks_now();

/// The value of REMUDA_KEY that `pid` was started with; empty if it has none or cannot be read.
std::string key_of_process(pid_t pid);

}  // namespace remuda::shim::program
