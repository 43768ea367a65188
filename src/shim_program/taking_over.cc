// SPDX-License-Identifier: MIT
//
// What an earlier supervisor left: its journal, and its children with the nanny; and what the nanny
// is to keep for the next one.
#include "shim_program/processes.h"
#include "shim_program/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace remuda::shim::program {

namespace {

/// So much of the journal may belong to nobody before it is written anew.
constexpr std::uint64_t kMostReleased = std::uint64_t{4} << 20;
constexpr int kAnswerMs = 2000;

int open_pidfd(pid_t pid) {
#ifdef SYS_pidfd_open
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
#else
    errno = ENOSYS;
    return -1;
#endif
}

}  // namespace

bool Supervisor::replay() {
    std::string fault;
    const std::string content = journal_.open(settings_.folder, fault);
    if (!fault.empty()) return false;
    Records records(content);
    RecordType type{};
    std::string_view payload;
    while (records.next(type, payload))
        replay_record(type, payload);
    if (epoch_.empty() || records.is_damaged()) epoch_ = random_name();
    settle_receipts();
    remove_stray_files();
    // What was cut or released goes.
    if (!journal_.replace(receipts_as_records())) {
        // A full disk: go on with the old one, less its cut end.
        if (content.size() != records.sound() &&
            ::ftruncate(journal_.fd(), static_cast<off_t>(records.sound())) != 0) {
            return false;
        }
        return records.sound() != 0;
    }
    journal_.pending().clear();
    return true;
}

void Supervisor::replay_record(RecordType type, std::string_view payload) {
    Fields fields(payload);
    if (type == RecordType::opened) {
        while (const auto field = fields.next()) {
            if (field->tag == Tag::epoch) epoch_ = field->value;
        }
        return;
    }
    auto field = fields.next();
    if (!field || field->tag != Tag::key) return;
    Job* job = job_by_key(field->value);
    if (type == RecordType::accepted && job == nullptr) {
        job = &add_job();
        job->key = field->value;
        job->is_durable = true;
        job->state = JobState::running;
        ++running_count_;
        by_key_.emplace(job->key, job);
    }
    if (job == nullptr) return;
    if (type == RecordType::released) {
        if (job->state == JobState::running) --running_count_;
        forget(*job);
        return;
    }
    if (type == RecordType::fed) job->input_follows = false;
    if (type == RecordType::exited) job->has_exited = true;
    if (type == RecordType::ended && job->state == JobState::running) {
        job->state = JobState::ended;
        --running_count_;
    }
    while ((field = fields.next())) {
        switch (field->tag) {
            case Tag::script:
                job->script = field->value;
                break;
            case Tag::label:
                job->label = field->value;
                break;
            case Tag::time:
                job->accepted_ms = field->number();
                break;
            case Tag::boot:
                job->boot = field->value;
                break;
            case Tag::time_limit:
                job->time_limit_ms = field->number();
                break;
            case Tag::grace:
                job->grace_ms = field->number();
                break;
            case Tag::output_limit:
                job->output_limit = field->number();
                break;
            case Tag::input_follows:
                job->input_follows = field->number() != 0;
                break;
            case Tag::pid:
                job->pid = static_cast<pid_t>(field->number());
                break;
            case Tag::start_time:
                job->spawned_us = field->number();
                break;
            default:
                take_end_field(job->end, *field);
        }
    }
}

/// Finds out what became of the jobs whose end the journal does not hold.
void Supervisor::settle_receipts() {
    std::vector<Job*> open;
    for (const auto& [serial, job] : jobs_) {
        if (job->state == JobState::running) {
            open.push_back(job.get());
        } else {
            for (int index = 0; index < 2; ++index) {
                job->streams[index].length = job->end.length[index];
                job->streams[index].cut = job->end.cut[index];
            }
        }
    }
    const Processes processes;
    // Those that were with the nanny before we looked are told of now.
    hear_nanny(true);
    const std::vector<std::pair<pid_t, std::string>> left = processes.keyed_children(nanny_pid_);
    for (Job* job : open) {
        for (int index = 0; index < 2; ++index) {
            struct stat found{};
            const std::string name = output_name(*job, index);
            if (::fstatat(out_folder_.number(), name.c_str(), &found, 0) == 0) {
                job->streams[index].length = static_cast<std::uint64_t>(found.st_size);
            }
        }
        if (job->boot != boot_) {
            lose(*job, "the host was restarted while it ran");
            continue;
        }
        job->has_lost_input = job->input_follows;
        if (job->pid == 0) {
            // Killed between the start and its record.
            for (const auto& [pid, key] : left) {
                if (key == job->key) job->pid = pid;
            }
        }
        const bool is_nannys = job->pid != 0 && (held_.contains(job->pid) ||
                                                 processes.parent_of(job->pid) == nanny_pid_);
        const pid_t other = is_nannys || job->has_exited ? 0 : processes.any_with(job->key);
        if (is_nannys) {
            adopt(*job, job->pid);
        } else if (job->has_exited) {
            lose(*job,
                 "the shim was killed while others held the output of the job: the rest of "
                 "the output is lost");
        } else if (other != 0) {
            adopt_foreign(*job, other);
        } else {
            lose(*job, job->pid == 0
                           ? "the shim was killed at the moment of its start: it may have run"
                           : "the shim's supervisor and nanny were killed while it ran, and "
                             "nobody could learn how it ended");
        }
    }
    end_strays(left);
}

void Supervisor::adopt(Job& job, pid_t pid) {
    job.pid = pid;
    job.is_adopted = true;
    by_pid_[pid] = &job;
    const auto held = held_.find(pid);
    if (held != held_.end()) {
        job.streams[0].pipe = std::move(held->second.out);
        job.streams[1].pipe = std::move(held->second.err);
    }
    for (int index = 0; index < 2; ++index)
        watch_stream(job, index);
    if (job.has_lost_input) {
        begin_ending(job, EndKind::cancelled, SIGTERM, true, job.grace_ms);
    } else if (job.time_limit_ms != 0) {
        set_timer(job, job.spawned_us + job.time_limit_ms * kUsPerMs);
    }
    if (held != held_.end() && held->second.has_ended) {
        on_exit(job, held->second.status, held->second.usage);
    } else if (job.has_exited) {
        try_finish(job);
    }
}

/// A process that outlived both supervisor and nanny: nobody can learn how it ends.
void Supervisor::adopt_foreign(Job& job, pid_t pid) {
    job.is_adopted = true;
    if (job.pid == 0) job.pid = pid;
    job.watched_process.reset(open_pidfd(pid));
    if (job.watched_process) {
        watch(job.watched_process.number(), Watch::process, job.serial, EPOLLIN);
    } else {
        lose(job, "the shim's supervisor and nanny were killed while it ran");
    }
}

/// Jobs that were to die with a connection, which is gone.
void Supervisor::end_strays(const std::vector<std::pair<pid_t, std::string>>& left) {
    for (const auto& [pid, key] : left) {
        if (by_pid_.contains(pid) || job_by_key(key) != nullptr) continue;
        Job& job = add_job();
        job.key = key;
        job.state = JobState::running;
        ++running_count_;
        by_key_.emplace(key, &job);
        adopt(job, pid);
        begin_ending(job, EndKind::cancelled, SIGTERM, true, job.grace_ms);
    }
}

void Supervisor::remove_stray_files() {
    const int folder = ::openat(out_folder_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* files = folder < 0 ? nullptr : ::fdopendir(folder);
    if (files == nullptr) return;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this folder.
    while (const dirent* entry = ::readdir(files)) {
        const std::string_view name = entry->d_name;
        if (name.size() < 3 || name.front() == '.') continue;
        if (job_by_key(name.substr(0, name.size() - 2)) == nullptr) {
            ::unlinkat(out_folder_.number(), entry->d_name, 0);
        }
    }
    ::closedir(files);
}

std::string Supervisor::receipts_as_records() const {
    std::string records;
    Record(records, RecordType::opened).text(Tag::epoch, epoch_);
    for (const auto& [key, job] : by_key_) {
        if (!job->is_durable || job->state == JobState::waiting) continue;
        put_accepted(records, *job);
        if (job->pid != 0) put_spawned(records, *job);
        if (job->state == JobState::ended || job->has_exited) {
            const bool has_ended = job->state == JobState::ended;
            Record record(records, has_ended ? RecordType::ended : RecordType::exited);
            record.text(Tag::key, key);
            put_end(record, job->end);
        }
    }
    return records;
}

void Supervisor::compact() {
    if (released_bytes_ < kMostReleased || released_bytes_ < journal_.size() / 2) return;
    released_bytes_ = 0;
    // All that is pending is in it too.
    if (journal_.replace(receipts_as_records())) journal_.pending().clear();
}

void Supervisor::hear_nanny(bool waits_for_answer) {
    if (waits_for_answer) {
        NannyPacket packet;
        packet.word = NannyWord::ask;
        ::send(nanny_.number(), &packet, sizeof packet, MSG_NOSIGNAL);
    }
    for (;;) {
        NannyPacket packet;
        if (waits_for_answer) {
            pollfd ready{nanny_.number(), POLLIN, 0};
            if (::poll(&ready, 1, kAnswerMs) <= 0) return;
        }
        const ssize_t count = ::recv(nanny_.number(), &packet, sizeof packet, MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count != sizeof packet) {
            // It was killed. We go on; whoever kills us too loses what runs.
            if (!waits_for_answer) unwatch(nanny_.number());
            nanny_pid_ = 0;
            return;
        }
        if (packet.word == NannyWord::answered) return;
        if (packet.word != NannyWord::ended) continue;
        if (waits_for_answer) {
            Held& held = held_[packet.pid];
            held.has_ended = true;
            held.status = packet.status;
            held.usage = packet.usage;
            continue;
        }
        const auto found = by_pid_.find(packet.pid);
        if (found != by_pid_.end()) {
            Job& job = *found->second;
            by_pid_.erase(found);
            job.is_reaped = true;
            on_exit(job, packet.status, packet.usage);
        } else {
            to_forget_.push_back(packet.pid);
        }
    }
}

void Supervisor::hand_to_nanny() {
    if (nanny_pid_ == 0) {
        to_hand_.clear();
        to_forget_.clear();
        return;
    }
    while (!to_forget_.empty()) {
        NannyPacket packets[kMostPackets];
        const std::size_t count = std::min(kMostPackets, to_forget_.size());
        for (std::size_t i = 0; i < count; ++i) {
            packets[i].word = NannyWord::forget;
            packets[i].pid = to_forget_[i];
        }
        // When it is busy, it is told later.
        if (::send(nanny_.number(), packets, count * sizeof *packets, MSG_NOSIGNAL | MSG_DONTWAIT) <
            0) {
            return;
        }
        to_forget_.erase(to_forget_.begin(),
                         to_forget_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    while (!to_hand_.empty() && to_hand_.front().first <= now_us()) {
        if (!hand_some()) {
            // Not in a hurry: try again with the next turn after a while.
            for (auto& [at, serial] : to_hand_)
                at = std::max(at, now_us() + kUsPerMs);
            return;
        }
    }
}

/// One message with the pipes of jobs that are due; false if the nanny takes none now.
bool Supervisor::hand_some() {
    NannyPacket packets[kMostPackets];
    int fds[2 * kMostPackets];
    std::vector<Job*> jobs;
    std::size_t fd_count = 0;
    std::size_t taken = 0;
    const std::uint64_t now = now_us();
    for (const auto& [at, serial] : to_hand_) {
        if (at > now || jobs.size() == kMostPackets) break;
        ++taken;
        Job* job = job_by_serial(serial);
        if (job == nullptr || job->state != JobState::running || job->has_exited) continue;
        NannyPacket& packet = packets[jobs.size()];
        packet.word = NannyWord::hold;
        packet.pid = job->pid;
        packet.has_out = static_cast<bool>(job->streams[0].pipe);
        packet.has_err = static_cast<bool>(job->streams[1].pipe);
        for (const Stream& stream : job->streams) {
            if (stream.pipe) fds[fd_count++] = stream.pipe.number();
        }
        jobs.push_back(job);
    }
    if (!jobs.empty()) {
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof fds)] = {};
        iovec data{packets, jobs.size() * sizeof *packets};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        if (fd_count > 0) {
            message.msg_control = control;
            message.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
            cmsghdr* part = CMSG_FIRSTHDR(&message);
            part->cmsg_level = SOL_SOCKET;
            part->cmsg_type = SCM_RIGHTS;
            part->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
            std::memcpy(CMSG_DATA(part), fds, fd_count * sizeof(int));
        }
        if (::sendmsg(nanny_.number(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return false;
        for (Job* job : jobs)
            job->is_handed = true;
    }
    to_hand_.erase(to_hand_.begin(), to_hand_.begin() + static_cast<std::ptrdiff_t>(taken));
    return true;
}

}  // namespace remuda::shim::program
