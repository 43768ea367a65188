// SPDX-License-Identifier: MIT
#include "shim_program/processes.h"

#include "shim_program/system.h"

#include <algorithm>
#include <ctime>
#include <unordered_set>

#include <dirent.h>
#include <fcntl.h>

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

constexpr int kMostLists = 4;

/// So many are open at a time: a folder, and a file of it.
constexpr std::size_t kReserve = 3;

/// Descriptors that nobody else uses up. They are closed while /proc is looked at.
class Reserve {
  public:
    void lend() {
        if (lent_++ > 0) return;
        for (Fd& fd : fds_)
            fd.reset();
    }
    void take_back() {
        if (--lent_ > 0) return;
        for (Fd& fd : fds_)
            fd.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    }

  private:
    Fd fds_[kReserve];
    int lent_ = 0;
};

Reserve& reserve() {
    static Reserve reserve;
    return reserve;
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
    reserve().lend();
    DIR* folder = ::opendir("/proc");
    if (folder == nullptr) return;
    // The list is older than what is read of each: one may have started another meanwhile, and
    // ended.
    while (lists_ < kMostLists && read_list(folder) > 0)
        ::rewinddir(folder);
    ::closedir(folder);
}

/// Returns how many it shows that were not known.
int Processes::read_list(DIR* folder) {
    ++lists_;
    int count = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this folder.
    while (const dirent* entry = ::readdir(folder)) {
        const auto pid = static_cast<pid_t>(to_number(entry->d_name));
        if (pid == 0 || all_.count(pid) != 0) continue;
        constexpr std::size_t most_stat = 1024;
        Process process;
        if (parse_stat(read_file(path_of(pid, "stat").c_str(), most_stat), process)) {
            all_.emplace(pid, process);
            children_[process.parent].push_back(pid);
            ++count;
        }
    }
    return count;
}

Processes::~Processes() {
    reserve().take_back();
}

const std::string& Processes::key_of(pid_t pid) const {
    const auto [at, is_new] = keys_.try_emplace(pid);
    if (is_new) at->second = key_of_process(pid);
    return at->second;
}

bool Processes::holds(pid_t pid, const ino_t (&pipes)[2]) const {
    if (pipes[0] == 0 && pipes[1] == 0) return false;
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

bool Processes::belongs_to(const JobMarks& job, pid_t pid) const {
    if (!job.key.empty() && key_of(pid) == job.key) return true;
    // With the leader's number its session may be another job's by now.
    const Process& process = all_.at(pid);
    const bool is_session_its = !job.is_leader_gone || key_of(pid).empty();
    return (process.session == job.leader && is_session_its) || holds(pid, job.outputs);
}

std::vector<pid_t> Processes::of_job(const JobMarks& job, const std::vector<pid_t>& roots,
                                     std::set<pid_t>* keyless) const {
    const auto is_root = [&](pid_t pid) {
        return std::find(roots.begin(), roots.end(), pid) != roots.end();
    };
    // Parents may have been read at different moments: nobody is looked at twice.
    std::unordered_set<pid_t> known;
    std::vector<pid_t> found;
    const auto add = [&](pid_t pid) {
        if (!is_root(pid) && known.insert(pid).second) found.push_back(pid);
    };
    if (!job.is_leader_gone && all_.count(job.leader) != 0) add(job.leader);
    // The orphans; and what is below one that shows no key: it may have ended since /proc was read,
    // and left its children to the roots, or be about to execute something.
    std::vector<pid_t> parents = roots;
    for (std::size_t i = 0; i < parents.size(); ++i) {
        const auto at = children_.find(parents[i]);
        if (at == children_.end()) continue;
        for (const pid_t pid : at->second) {
            const bool is_other = pid == job.leader && job.is_leader_gone;
            if (is_other || is_root(pid)) continue;
            if (belongs_to(job, pid)) {
                add(pid);
            } else if (key_of(pid).empty()) {
                parents.push_back(pid);
                if (keyless != nullptr && !all_.at(pid).is_zombie) keyless->insert(pid);
            }
        }
    }
    for (const auto& [pid, process] : all_) {
        if (job.is_anywhere && key_of(pid) == job.key) add(pid);
    }
    // Each is followed by its children, level by level.
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto at = children_.find(found[i]);
        if (at == children_.end()) continue;
        for (const pid_t child : at->second)
            add(child);
    }
    std::erase_if(found, [&](pid_t pid) { return all_.at(pid).is_zombie; });
    return found;
}

std::vector<pid_t> Processes::children(pid_t parent) const {
    const auto found = children_.find(parent);
    if (found == children_.end()) return {};
    std::vector<pid_t> living = found->second;
    std::erase_if(living, [&](pid_t pid) { return all_.at(pid).is_zombie; });
    return living;
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
