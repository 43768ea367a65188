// SPDX-License-Identifier: MIT
//
// What an earlier supervisor left: its journal, and its children with the nanny.
#include "shim_program/processes.h"
#include "shim_program/supervisor.h"

#include <cerrno>
#include <csignal>

#include <dirent.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace remuda::shim::program {

namespace {

/// So much of the journal may belong to nobody before it is written anew.
constexpr std::uint64_t kMostReleased = std::uint64_t{4} << 20;

constexpr std::string_view kOutputIsLost =
    "the shim was killed while others held the output of the job: the rest of the output is lost";
constexpr std::string_view kOutlivedAll =
    "it outlived the shim's supervisor and nanny, which were killed: nobody could learn how it "
    "ended";

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
        // A full disk: go on with the old one. The next supervisor must not speak an epoch under
        // which receipts were lost, so without the new one on record we serve nobody.
        std::string opened;
        if (records.is_damaged()) Record(opened, RecordType::opened).text(Tag::epoch, epoch_);
        return records.sound() != 0 && journal_.mend(records.sound(), opened);
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
            case Tag::machine:
                job->machine = field->value;
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
            case Tag::ending:
                job->ending = Ending::asked;
                job->was_output_closed = field->number() == 2;
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
            Stream& stream = job->streams[index];
            if (::fstatat(out_folder_.number(), name.c_str(), &found, 0) == 0) {
                stream.length = static_cast<std::uint64_t>(found.st_size);
            }
            // What follows a gap would not show it.
            stream.cut = stream.cut_on_record = job->end.cut[index];
            stream.length += stream.cut;
            stream.is_cutting = stream.cut > 0;
        }
        const bool is_other_boot = job->boot != boot_;
        if (is_other_boot && !job->machine.empty() && !machine_.empty() &&
            job->machine != machine_) {
            // The journal was copied with all of its machine, where the job may still run.
            --running_count_;
            forget(*job);
            continue;
        }
        if (is_other_boot) {
            lose(*job, "the host was restarted while it ran");
            continue;
        }
        job->has_lost_input = job->input_follows;
        if (job->pid == 0 && settings_.takes_over) {
            // Whatever executes writes its receipt first, and the nanny has seen to it that nothing
            // is still about to: it never ran.
            --running_count_;
            forget(*job);
            continue;
        }
        const bool is_nannys = job->pid != 0 && (held_.contains(job->pid) ||
                                                 processes.parent_of(job->pid) == nanny_pid_);
        const pid_t other = is_nannys || job->has_exited ? 0 : processes.any_with(job->key);
        if (is_nannys) {
            adopt(*job, job->pid);
        } else if (job->has_exited && job->ending != Ending::none) {
            job->is_adopted = job->is_anywhere = true;
            go_on_ending(*job);
        } else if (job->has_exited) {
            lose(*job, kOutputIsLost);
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
    // Else they would be taken for the ends of those that get their numbers.
    for (const auto& [pid, held] : held_) {
        if (held.has_ended && !by_pid_.contains(pid)) to_forget_.push_back(pid);
    }
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
    if (job.is_durable && !job.has_exited && job.is_output_closed()) {
        job.end.reason =
            "the shim was killed before the nanny had the output of the job: some of it may be "
            "lost";
    }
    for (int index = 0; index < 2; ++index)
        watch_stream(job, index);
    if (job.ending != Ending::none) {
        go_on_ending(job);
    } else if (job.has_lost_input) {
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

/// Its first process is gone, and the others have been sent the signal.
void Supervisor::go_on_ending(Job& job) {
    if (job.is_output_closed() && !job.was_output_closed) job.end.reason = kOutputIsLost;
    const Ending ending = std::exchange(job.ending, Ending::none);
    job.asked_by = SIGTERM;
    for (const pid_t pid : processes_of(job, Processes()))
        job.told.push_back(pid);
    watch_ending(job, ending);
    set_timer(job, now_us() + job.grace_ms * kUsPerMs);
}

/// A process that outlived both supervisor and nanny: nobody can learn how it ends, only when. It
/// stands for the job, whose first process may be gone and its number another's.
void Supervisor::adopt_foreign(Job& job, pid_t pid) {
    job.is_adopted = true;
    job.is_anywhere = true;
    job.pid = pid;
    job.watched_process.reset(open_pidfd(pid));
    if (!job.watched_process) return lose(job, kOutlivedAll);
    watch(job.watched_process.number(), Watch::process, job.serial, EPOLLIN);
    if (job.ending == Ending::none && job.time_limit_ms != 0) {
        set_timer(job, job.spawned_us + job.time_limit_ms * kUsPerMs);
    }
}

/// The nanny is gone, whose children they were: now nobody learns how they end.
void Supervisor::watch_adopted() {
    std::vector<Job*> adopted;
    for (const auto& [serial, job] : jobs_) {
        if (job->state != JobState::running || !job->is_adopted) continue;
        job->is_anywhere = true;
        if (!job->has_exited && !job->watched_process) adopted.push_back(job.get());
    }
    for (Job* job : adopted) {
        by_pid_.erase(job->pid);
        adopt_foreign(*job, job->pid);
    }
}

void Supervisor::on_foreign_end(Job& job) {
    const pid_t other = Processes().any_with(job.key);
    if (other != 0) return adopt_foreign(job, other);
    for (int index = 0; index < 2; ++index)
        read_stream(job, index);
    lose(job, kOutlivedAll);
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
        const std::uint64_t serial = job.serial;
        adopt(job, pid);
        // It may have ended, and be forgotten.
        Job* left_one = job_by_serial(serial);
        if (left_one == nullptr || left_one->state != JobState::running) continue;
        begin_ending(*left_one, EndKind::cancelled, SIGTERM, true, left_one->grace_ms);
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
        if (!job->is_durable || job->is_forgotten || job->state == JobState::waiting) continue;
        put_accepted(records, *job);
        if (job->pid != 0) put_spawned(records, *job);
        if (job->state == JobState::ended) {
            Record record(records, RecordType::ended);
            record.text(Tag::key, key);
            put_end(record, job->end);
        } else if (job->has_exited) {
            put_exited(records, *job);
        }
        if (job->state == JobState::running &&
            (job->streams[0].cut_on_record > 0 || job->streams[1].cut_on_record > 0)) {
            put_cut(records, *job);
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

}  // namespace remuda::shim::program
