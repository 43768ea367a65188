// SPDX-License-Identifier: MIT
#include "cli/queue_lock.h"

#include "cli/fd_sink.h"
#include "cli/kept_queue.h"
#include "remuda/base/text.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remuda::cli {

namespace {

constexpr std::chrono::seconds kPatience{1};
constexpr std::chrono::milliseconds kLongestPause{50};

// A number in the environment, or -1.
int number_in_environment(const char* name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread is running; nothing here sets one.
    const char* value = std::getenv(name);
    const std::string_view text = value == nullptr ? "" : value;
    int number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

// Waits its turn among those that inherited the same lock. The folder is locked since the queue
// file may not exist, and changes with each save; file systems that do not lock folders leave it to
// the check for changes before each save.
Fd wait_for_turn(const std::string& queue_path) {
    std::string folder =
        std::filesystem::path(queue::Lock::path_of(queue_path)).parent_path().string();
    if (folder.empty()) folder = ".";
    Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (fd && ::flock(fd.number(), LOCK_EX) != 0 && errno == EINTR) {
    }
    return fd;
}

// The descriptor that we inherited from a `remuda lock`, if it holds the lock of this queue.
int inherited_lock(const std::string& queue_path) {
    const int fd = number_in_environment(kLockFdVariable);
    struct stat ours{};
    struct stat file{};
    if (fd < 0 || ::fstat(fd, &ours) != 0) return -1;
    if (::stat(queue::Lock::path_of(queue_path).c_str(), &file) != 0) return -1;
    if (ours.st_dev != file.st_dev || ours.st_ino != file.st_ino) return -1;
    // Succeeds for whoever shares the descriptor that holds the lock, and takes it if nobody does.
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return -1;
    (void)::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

// By proc_pid_stat(5); 0 if it is not known.
int parent_of(int pid) {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string stat;
    std::getline(file, stat);
    // "PID (NAME) STATE PARENT ...": names may hold anything.
    const std::size_t behind_name = stat.rfind(')');
    if (behind_name == std::string::npos || stat.size() < behind_name + 4) return 0;
    int parent = 0;
    (void)std::from_chars(stat.data() + behind_name + 4, stat.data() + stat.size(), parent);
    return parent;
}

bool is_ancestor(int pid) {
    for (int at = ::getppid(); at > 1; at = parent_of(at)) {
        if (at == pid) return true;
    }
    return false;
}

// Whether the lock is held by a `remuda lock` that waits for us to end.
bool waits_for_us(const std::string& holder) {
    const int pid = number_in_environment(kLockPidVariable);
    return pid > 0 && holder.find(fmt::format("(pid {} ", pid)) != std::string::npos &&
           is_ancestor(pid);
}

// Not sure: it may hold the lock of another queue.
bool may_run_under_lock() {
    const int pid = number_in_environment(kLockPidVariable);
    return pid > 0 && is_ancestor(pid);
}

void tell_lost(const model::JobLost& job) {
    const std::string text =
        fmt::format("LOST a job of an earlier run: {} ({})", job.reason, job.command);
    FdSink(STDERR_FILENO, nullptr).write(sanitised(text, false) + "\n");
}

}  // namespace

Result<QueueLock> take_lock(const Options& options, const std::string& purpose, Holding holding) {
    using Clock = std::chrono::steady_clock;
    const std::string& path = options.queue_file;
    if (const int fd = inherited_lock(path); fd >= 0) {
        return QueueLock(fd, holding == Holding::writes ? wait_for_turn(path) : Fd());
    }
    const Clock::time_point start = Clock::now();
    bool is_said = false;
    for (std::chrono::milliseconds pause{1};; pause = std::min(2 * pause, kLongestPause)) {
        auto lock = queue::Lock::try_take(path, purpose);
        if (lock) {
            auto settled = settle_killed(options, *lock, tell_lost);
            if (!settled) return settled.error();
            // What a run that is under way has only commented out is not for people to see, and
            // nobody knows any more whose comments these are once we have written the file.
            (void)queue::Queue(path, queue::QueueSettings{}).tidy_under(*lock);
            return QueueLock(std::move(*lock));
        }
        if (lock.error().code() != Code::locked) return lock.error();
        const std::string& holder = lock.error().text();
        if (waits_for_us(holder)) {
            return Error(Code::locked,
                         fmt::format("{} is locked by {}, which waits for this command to end; "
                                     "keep the descriptor open that {} names",
                                     path, holder, kLockFdVariable));
        }
        if (options.no_wait) {
            return Error(Code::locked, fmt::format("{} is locked by {}", path, holder));
        }
        if (!is_said && Clock::now() - start >= kPatience) {
            is_said = true;
            FdSink(STDERR_FILENO, nullptr)
                .write(fmt::format("waiting for the lock of {}, held by {}\n", path, holder));
        }
        std::this_thread::sleep_for(pause);
    }
}

Result<void> check_not_under_lock(const Options& options) {
    const std::string& path = options.queue_file;
    const bool is_inherited = inherited_lock(path) >= 0;
    if (!is_inherited && !may_run_under_lock()) return {};
    const auto lock = queue::Lock::try_take(path, "starting a run");
    if (lock || lock.error().code() != Code::locked) return {};
    const std::string& holder = lock.error().text();
    if (!is_inherited && !waits_for_us(holder)) return {};
    return Error(Code::locked,
                 fmt::format("{} is locked by {}, and this command runs under that lock: it could "
                             "never take a job; start it outside of `remuda lock`",
                             path, holder));
}

}  // namespace remuda::cli
