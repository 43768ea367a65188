// SPDX-License-Identifier: MIT
#include "shim_program/processes.h"

#include "shim_program/system.h"

#include <algorithm>
#include <ctime>

#include <dirent.h>

namespace remuda::shim::program {

namespace {

constexpr std::size_t kMostEnvironment = std::size_t{4} << 20;

/// proc(5), stat: `pid (name) state parent group session ...`, the start as the 22nd; the name may
/// hold anything.
bool parse_stat(std::string_view text, Process& process) {
    const std::size_t end = text.rfind(')');
    if (end == std::string_view::npos || end + 2 >= text.size()) return false;
    std::string_view rest = text.substr(end + 2);
    process.is_zombie = rest.front() == 'Z' || rest.front() == 'X';
    std::uint64_t numbers[19] = {};
    for (std::uint64_t& number : numbers) {
        const std::size_t space = rest.find(' ');
        if (space == std::string_view::npos) return false;
        rest.remove_prefix(space + 1);
        number = to_number(rest);
    }
    process.parent = static_cast<pid_t>(numbers[0]);
    process.session = static_cast<pid_t>(numbers[2]);
    process.started = numbers[18];
    return true;
}

std::string path_of(pid_t pid, const char* name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

}  // namespace

std::uint64_t ticks_now() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    constexpr std::uint64_t ns_in_s = 1'000'000'000;
    const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return static_cast<std::uint64_t>(now.tv_sec) * ticks +
           static_cast<std::uint64_t>(now.tv_nsec) * ticks / ns_in_s;
}

bool Processes::is_older(pid_t pid, std::uint64_t ticks) const {
    const auto found = all_.find(pid);
    return found != all_.end() && found->second.started < ticks;
}

std::string key_of_process(pid_t pid) {
    const std::string environment = read_file(path_of(pid, "environ").c_str(), kMostEnvironment);
    std::string_view rest = environment;
    while (!rest.empty()) {
        const std::string_view variable = rest.substr(0, rest.find('\0'));
        if (variable.starts_with(kKeyVariable)) {
            return std::string(variable.substr(kKeyVariable.size()));
        }
        rest.remove_prefix(std::min(rest.size(), variable.size() + 1));
    }
    return {};
}

Processes::Processes() {
    DIR* folder = ::opendir("/proc");
    if (folder == nullptr) return;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this folder.
    while (const dirent* entry = ::readdir(folder)) {
        const auto pid = static_cast<pid_t>(to_number(entry->d_name));
        if (pid == 0) continue;
        constexpr std::size_t most_stat = 1024;
        Process process;
        if (parse_stat(read_file(path_of(pid, "stat").c_str(), most_stat), process)) {
            all_.emplace(pid, process);
        }
    }
    ::closedir(folder);
}

bool Processes::is_below(pid_t pid, pid_t ancestor) const {
    // Parents may have been read at different moments: no more steps than there are processes.
    for (std::size_t steps = 0; steps <= all_.size(); ++steps) {
        const auto found = all_.find(pid);
        if (found == all_.end()) return false;
        if (found->second.parent == ancestor) return true;
        pid = found->second.parent;
    }
    return false;
}

std::size_t Processes::depth_of(pid_t pid) const {
    // As above.
    std::size_t depth = 0;
    for (auto at = all_.find(pid); at != all_.end() && depth <= all_.size(); ++depth)
        at = all_.find(at->second.parent);
    return depth;
}

const std::string& Processes::key_of(pid_t pid) const {
    const auto [at, is_new] = keys_.try_emplace(pid);
    if (is_new) at->second = key_of_process(pid);
    return at->second;
}

bool Processes::holds(pid_t pid, const ino_t (&pipes)[2]) const {
    const auto [at, is_new] = pipes_.try_emplace(pid);
    DIR* folder = is_new ? ::opendir(path_of(pid, "fd").c_str()) : nullptr;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this folder.
    while (const dirent* entry = folder == nullptr ? nullptr : ::readdir(folder)) {
        constexpr std::string_view head = "pipe:[";
        char target[64];
        const ssize_t size = ::readlinkat(::dirfd(folder), entry->d_name, target, sizeof target);
        const std::string_view text(target, static_cast<std::size_t>(size > 0 ? size : 0));
        if (text.starts_with(head)) at->second.push_back(to_number(text.substr(head.size())));
    }
    if (folder != nullptr) ::closedir(folder);
    return std::any_of(at->second.begin(), at->second.end(),
                       [&](ino_t pipe) { return pipe == pipes[0] || pipe == pipes[1]; });
}

std::vector<pid_t> Processes::of_job(const JobMarks& job, const std::vector<pid_t>& roots) const {
    std::vector<pid_t> tops;
    if (!job.is_leader_gone) tops.push_back(job.leader);
    for (const auto& [pid, process] : all_) {
        if (pid == job.leader && job.is_leader_gone) continue;
        if (std::find(roots.begin(), roots.end(), process.parent) == roots.end()) continue;
        if (std::find(roots.begin(), roots.end(), pid) != roots.end()) continue;
        const bool has_key = !job.key.empty() && key_of(pid) == job.key;
        // With the leader's number its session may be another job's by now.
        const bool is_of_session =
            process.session == job.leader && (!job.is_leader_gone || key_of(pid).empty());
        if (has_key || is_of_session || holds(pid, job.outputs)) tops.push_back(pid);
    }
    std::vector<std::pair<std::size_t, pid_t>> found;
    for (const auto& [pid, process] : all_) {
        if (process.is_zombie) continue;
        const bool belongs = std::any_of(
            tops.begin(), tops.end(), [&](pid_t top) { return pid == top || is_below(pid, top); });
        if (belongs) found.emplace_back(depth_of(pid), pid);
    }
    std::sort(found.begin(), found.end());
    std::vector<pid_t> pids;
    pids.reserve(found.size());
    for (const auto& [depth, pid] : found)
        pids.push_back(pid);
    return pids;
}

std::vector<pid_t> Processes::children(pid_t parent) const {
    std::vector<pid_t> found;
    for (const auto& [pid, process] : all_) {
        if (process.parent == parent && !process.is_zombie) found.push_back(pid);
    }
    return found;
}

std::vector<std::pair<pid_t, std::string>> Processes::keyed_children(pid_t parent) const {
    std::vector<std::pair<pid_t, std::string>> found;
    for (const pid_t pid : children(parent)) {
        const std::string& key = key_of(pid);
        if (!key.empty()) found.emplace_back(pid, key);
    }
    return found;
}

pid_t Processes::any_with(std::string_view key) const {
    for (const auto& [pid, process] : all_) {
        if (!process.is_zombie && key_of(pid) == key) return pid;
    }
    return 0;
}

pid_t Processes::parent_of(pid_t pid) const {
    const auto found = all_.find(pid);
    return found == all_.end() ? 0 : found->second.parent;
}

}  // namespace remuda::shim::program
