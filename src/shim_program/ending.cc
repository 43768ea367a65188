// SPDX-License-Identifier: MIT
//
// How jobs end: by themselves, by a limit, or because somebody wants it.
#include "shim_program/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace remuda::shim::program {

namespace {

/// After KILL, what still holds the output after so long is not waited for.
constexpr std::uint64_t kAfterKillUs = 1'000'000;
/// Nor is what lives all the same after so long: remuda gives it up after five seconds.
constexpr std::uint64_t kMostAfterKillUs = 4'000'000;
/// Removing more than this holds up others. Its new name is nobody's: `~` is in no key.
constexpr std::uint64_t kLargeFile = std::uint64_t{8} << 20;
constexpr char kDoomed = '~';

/// As wait4 with WNOWAIT would be: the system call tells the usage, glibc's waitid does not.
pid_t peek_child(siginfo_t& info, rusage& used) {
    info.si_pid = 0;
    if (::syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, &used) != 0) return 0;
    return info.si_pid;
}

}  // namespace

void Supervisor::reap() {
    signalfd_siginfo ignored[16];
    while (::read(children_.number(), ignored, sizeof ignored) == sizeof ignored) {
    }
    for (;;) {
        siginfo_t info{};
        rusage used{};
        const pid_t pid = peek_child(info, used);
        if (pid == 0) return;
        const auto found = by_pid_.find(pid);
        if (found == by_pid_.end()) {
            ::waitpid(pid, nullptr, WNOHANG);
            // It may have been the last of a job.
            look_soon();
            continue;
        }
        Job& job = *found->second;
        const std::uint64_t serial = job.serial;
        const int status =
            info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : info.si_status & 0x7f;
        const bool is_durable = job.is_durable;
        on_exit(job, status, usage_of(used));
        // Were we killed here, the nanny would find what the journal does not hold.
        if (is_durable) journal_.flush();
        ::waitpid(pid, nullptr, WNOHANG);
        by_pid_.erase(pid);
        if (Job* still = job_by_serial(serial)) still->is_reaped = true;
    }
}

void Supervisor::on_exit(Job& job, int status, const Usage& usage) {
    if (job.has_exited || job.state != JobState::running) return;
    job.has_exited = true;
    End& end = job.end;
    end.wall_us = now_us() - job.spawned_us;
    end.usage = usage;
    if (WIFSIGNALED(status)) {
        end.kind = EndKind::signalled;
        end.signal = signal_name(WTERMSIG(status));
    } else {
        end.kind = EndKind::exited;
        end.code = static_cast<std::uint64_t>(WEXITSTATUS(status));
    }
    close_ended_streams(job);
    for (int index = 0; index < 2; ++index)
        read_stream(job, index);
    if (job.is_durable && (!job.is_output_closed() || job.ending != Ending::none)) {
        settle_kind(job);
        for (int index = 0; index < 2; ++index)
            end.cut[index] = job.streams[index].cut;
        put_exited(journal_.pending(), job);
    }
    try_finish(job);
}

/// Most jobs write nothing at their end: one look at both.
void Supervisor::close_ended_streams(Job& job) {
    pollfd ready[2];
    for (int index = 0; index < 2; ++index)
        ready[index] = {job.streams[index].pipe ? job.streams[index].pipe.number() : -1, POLLIN, 0};
    if (::poll(ready, 2, 0) <= 0) return;
    for (int index = 0; index < 2; ++index) {
        if ((ready[index].revents & (POLLIN | POLLHUP)) == POLLHUP) close_stream(job, index);
    }
}

void Supervisor::try_finish(Job& job) {
    if (job.state != JobState::running || !job.has_exited || !job.is_output_closed()) return;
    if (job.ending != Ending::none) {
        // What is to end has ended when nothing of it lives, also of what is silent.
        look_soon();
        return;
    }
    finish_now(job);
}

void Supervisor::finish_now(Job& job) {
    // Its first process may have ended long before. Of one that is adopted the nanny has said when.
    if (!job.is_adopted) job.end.wall_us = std::max(job.end.wall_us, now_us() - job.spawned_us);
    finish(job);
}

/// What it is called that was to be ended.
void Supervisor::settle_kind(Job& job) {
    End& end = job.end;
    if (job.why == EndKind::timed_out) {
        end.kind = EndKind::timed_out;
    } else if (job.why == EndKind::cancelled && (end.kind == EndKind::signalled || end.code != 0)) {
        end.kind = EndKind::cancelled;
    }
}

void Supervisor::finish(Job& job) {
    job.state = JobState::ended;
    --running_count_;
    set_timer(job, 0);
    close_input(job);
    job.watched_process.reset();
    settle_kind(job);
    End& end = job.end;
    if (job.has_lost_input) {
        end.kind = EndKind::lost;
        end.reason = "the connection ended, or the shim was killed, before it had all of its input";
    }
    for (int index = 0; index < 2; ++index) {
        end.length[index] = job.streams[index].length;
        end.cut[index] = job.streams[index].cut;
    }
    // Its number may be another's by now, whose pipes the nanny has.
    const auto by_pid = by_pid_.find(job.pid);
    const bool is_anothers = by_pid != by_pid_.end() && by_pid->second != &job;
    if ((job.is_handed || job.is_adopted) && !is_anothers) to_forget_.push_back(job.pid);
    if (!job.is_durable) {
        if (!job.attachments.empty()) {
            const Attachment& to = job.attachments.front();
            Frame ended(to.connection->output, FrameType::ended, to.id);
            put_end(ended, end);
        }
        forget(job);
        return;
    }
    {
        Record record(journal_.pending(), RecordType::ended);
        record.text(Tag::key, job.key);
        put_end(record, end);
    }
    want_to_send(job);
    close_files(job);
    if (job.is_released) release(job);
}

void Supervisor::lose(Job& job, std::string_view reason) {
    if (job.state != JobState::running) return;
    for (int index = 0; index < 2; ++index)
        close_stream(job, index);
    if (!job.has_exited) {
        job.end.kind = EndKind::lost;
        job.has_exited = true;
        // What was asked for cannot be told from what happened.
        job.why = EndKind::exited;
    }
    job.end.reason = reason;
    finish(job);
}

void Supervisor::begin_ending(Job& job, EndKind why, int signal, bool has_grace,
                              std::uint64_t grace_ms) {
    if (job.why == EndKind::exited) job.why = why;
    signals_.push_back({job.serial, signal});
    if (signal == SIGKILL) {
        if (job.ending != Ending::killed) job.killed_us = now_us();
        watch_ending(job, Ending::killed);
        set_timer(job, now_us() + kAfterKillUs);
    } else if (has_grace && job.ending != Ending::killed) {
        // A second request may shorten what the first allowed.
        const std::uint64_t at = now_us() + grace_ms * kUsPerMs;
        const bool is_sooner = job.ending == Ending::none || job.timer_us == 0 || at < job.timer_us;
        watch_ending(job, Ending::asked);
        job.asked_by = signal;
        if (is_sooner) set_timer(job, at);
    }
}

void Supervisor::on_timer(Job& job) {
    if (job.state == JobState::waiting) {
        return refuse(job, "directory " + job.directory + ": no answer within its time limit");
    }
    if (job.state != JobState::running) return;
    switch (job.ending) {
        case Ending::none:
            begin_ending(job, EndKind::timed_out, SIGTERM, true, job.grace_ms);
            break;
        case Ending::asked:
            begin_ending(job, job.why, SIGKILL, false, 0);
            break;
        case Ending::killed:
            signals_.push_back({job.serial, SIGKILL});
            if (!job.has_exited || (job.has_rest && now_us() < job.killed_us + kMostAfterKillUs)) {
                set_timer(job, now_us() + kAfterKillUs);
                break;
            }
            for (int index = 0; index < 2; ++index) {
                read_stream(job, index);
                if (job.streams[index].pipe) close_stream(job, index);
            }
            finish_now(job);
            break;
    }
}

void Supervisor::release(Job& job) {
    job.is_released = true;
    if (job.state != JobState::ended) return;
    if (!std::exchange(job.is_forgotten, true)) {
        Record(journal_.pending(), RecordType::released).text(Tag::key, job.key);
        constexpr std::uint64_t fields_of_end = 400;
        released_bytes_ += job.script.size() + job.key.size() * 4 + fields_of_end;
    }
    if (!job.attachments.empty()) return;
    for (int index = 0; index < 2; ++index) {
        if (job.streams[index].length > 0) remove_output(job, index);
    }
    forget(job);
}

/// Under its name at once, since the key may come again.
void Supervisor::remove_output(const Job& job, int index) {
    const std::string name = output_name(job, index);
    const int folder = out_folder_.number();
    if (job.streams[index].kept() >= kLargeFile) {
        const std::string doomed =
            kDoomed + std::to_string(job.serial) + name.substr(name.size() - 2);
        if (::renameat(folder, name.c_str(), folder, doomed.c_str()) == 0) {
            return syncer_.remove(doomed);
        }
    }
    ::unlinkat(folder, name.c_str(), 0);
}

bool Supervisor::make_room(int error) {
    return (error == ENOSPC || error == EDQUOT) && syncer_.remove_all();
}

void Supervisor::forget(Job& job) {
    for (const Attachment& one : job.attachments)
        one.connection->jobs.erase(one.id);
    set_timer(job, 0);
    if (job.ahead) {
        unwatch(job.ahead.number());
        if (!job.is_reaped) ::kill(job.pid, SIGKILL);
    }
    by_key_.erase(job.key);
    const auto by_pid = by_pid_.find(job.pid);
    if (by_pid != by_pid_.end() && by_pid->second == &job) by_pid_.erase(by_pid);
    jobs_.erase(job.serial);
}

}  // namespace remuda::shim::program
