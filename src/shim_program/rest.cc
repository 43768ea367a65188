// SPDX-License-Identifier: MIT
//
// The processes of jobs that are to end: who is sent the signal, and whether any is left.
#include "shim_program/processes.h"
#include "shim_program/supervisor.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include <sys/stat.h>

namespace remuda::shim::program {

namespace {

/// Processes may be started while others are looked for.
constexpr int kMostRounds = 8;
/// How often to look what is left, at first and later on, and for which part of the time at most.
constexpr std::uint64_t kFirstPauseUs = 50'000;
constexpr std::uint64_t kLongestPauseUs = 800'000;
constexpr std::uint64_t kShareOfLooks = 10;
/// In a row, that show nothing.
constexpr int kEmptyLooks = 2;

bool has(const std::vector<pid_t>& pids, pid_t pid) {
    return std::find(pids.begin(), pids.end(), pid) != pids.end();
}

void send(pid_t pid, int signal) {
    ::kill(pid, signal);
    // One that is stopped would not end.
    if (signal == SIGTERM) ::kill(pid, SIGCONT);
}

JobMarks marks_of(const Job& job) {
    const bool is_gone = job.is_reaped || (job.is_adopted && job.has_exited);
    JobMarks marks{job.pid, is_gone, job.key, {}, job.is_anywhere};
    for (int index = 0; index < 2; ++index) {
        struct stat pipe{};
        const Fd& fd = job.streams[index].pipe;
        if (fd && ::fstat(fd.number(), &pipe) == 0) marks.outputs[index] = pipe.st_ino;
    }
    return marks;
}

}  // namespace

/// The supervisor and the nanny, who are given the orphans.
std::vector<pid_t> Supervisor::roots() const {
    std::vector<pid_t> roots{::getpid()};
    if (nanny_pid_ != 0) roots.push_back(nanny_pid_);
    return roots;
}

std::vector<pid_t> Supervisor::processes_of(const Job& job, const Processes& processes,
                                            std::set<pid_t>* keyless) const {
    std::vector<pid_t> pids = processes.of_job(marks_of(job), roots(), keyless);
    // What has just been forked for another job holds copies of all pipes for a moment.
    std::erase_if(pids, [&](pid_t pid) {
        const auto leads = by_pid_.find(pid);
        return leads != by_pid_.end() && leads->second != &job;
    });
    return pids;
}

void Supervisor::send_signals() {
    if (signals_.empty()) return;
    const std::vector<Signal> signals = std::move(signals_);
    signals_.clear();
    std::set<std::pair<const Signal*, pid_t>> done;
    const std::uint64_t began = ticks_now();
    for (int round = 0; round < kMostRounds; ++round) {
        const Processes processes;
        bool has_found = false;
        for (const Signal& signal : signals) {
            Job* job = job_by_serial(signal.serial);
            if (job == nullptr) continue;
            // The best that can be done blindly; the next looks see to the rest.
            if (!processes.is_known() && !job->is_reaped && job->pid > 0)
                ::kill(-job->pid, signal.number);
            for (const pid_t pid : processes_of(*job, processes)) {
                // What a process that lives starts after it was sent a signal is there to clean up.
                // What it forked before it heard is an orphan soon.
                const bool is_late = round > 0 && !processes.is_older(pid, began);
                if (is_late && signal.number != SIGKILL && !is_orphan(pid, processes)) continue;
                if (!done.emplace(&signal, pid).second) continue;
                has_found = true;
                send(pid, signal.number);
                if (job->ending == Ending::asked) job->told.push_back(pid);
            }
        }
        if (!has_found) return;
    }
}

bool Supervisor::is_orphan(pid_t pid, const Processes& processes) const {
    return has(roots(), processes.parent_of(pid));
}

/// From now on the job is over when nothing of it lives.
void Supervisor::watch_ending(Job& job, Ending ending) {
    if (job.ending == Ending::none) ending_.push_back(job.serial);
    job.ending = ending;
    pause_us_ = kFirstPauseUs;
    next_look_us_ = std::min(next_look_us_, std::max(soonest_look_us_, now_us() + pause_us_));
}

void Supervisor::look_soon() {
    if (ending_.empty()) return;
    pause_us_ = kFirstPauseUs;
    next_look_us_ = soonest_look_us_;
}

/// One look for all jobs that are being ended.
void Supervisor::look_for_rest() {
    const std::uint64_t began = now_us();
    if (ending_.empty() || began < next_look_us_) return;
    bool is_almost_over = false;
    bool is_killing = false;
    std::set<pid_t> keyless;
    const Processes processes;
    for (const std::uint64_t serial : std::exchange(ending_, {})) {
        Job* job = job_by_serial(serial);
        if (job == nullptr || job->state != JobState::running) continue;
        std::set<pid_t> unclear;
        const std::vector<pid_t> left = processes_of(*job, processes, &unclear);
        keyless.insert(unclear.begin(), unclear.end());
        job->has_rest = !left.empty();
        is_killing = is_killing || (job->has_rest && job->ending == Ending::killed);
        // What showed no key twice has none. The first processes of others are known.
        const bool is_clear =
            processes.is_known() && std::all_of(unclear.begin(), unclear.end(), [&](pid_t pid) {
                return keyless_.count(pid) != 0 || by_pid_.count(pid) != 0;
            });
        const bool seems_over = left.empty() && job->has_exited && job->is_output_closed();
        // Once may be a moment at which one has ended and the next was not there yet.
        job->empty_looks = seems_over && is_clear ? job->empty_looks + 1 : 0;
        if (job->empty_looks == kEmptyLooks) {
            finish_now(*job);
            continue;
        }
        is_almost_over = is_almost_over || seems_over;
        ending_.push_back(serial);
        for (const pid_t pid : left) {
            if (job->ending == Ending::killed) {
                send(pid, SIGKILL);
            } else if (!has(job->told, pid) && is_orphan(pid, processes)) {
                // It was forked when the others were sent the signal, or whoever started it later
                // does not wait for it.
                send(pid, job->asked_by);
                job->told.push_back(pid);
            }
        }
    }
    keyless_ = std::move(keyless);
    const std::uint64_t now = now_us();
    // What starts one process after the other has to be caught between two.
    soonest_look_us_ = now + (is_killing ? 1 : kShareOfLooks) * (now - began);
    if (is_almost_over || is_killing) return look_soon();
    next_look_us_ = std::max(soonest_look_us_, now + pause_us_);
    pause_us_ = std::min(2 * pause_us_, kLongestPauseUs);
}

}  // namespace remuda::shim::program
