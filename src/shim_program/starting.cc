// SPDX-License-Identifier: MIT
//
// From `run` to a process.
#include "shim_program/ahead.h"
#include "shim_program/processes.h"
#include "shim_program/spawn.h"
#include "shim_program/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

namespace remuda::shim::program {

namespace {

constexpr std::size_t kMostKey = 100;
/// In one turn, so that output goes on meanwhile.
constexpr std::size_t kMostStarts = 32;

bool is_key(std::string_view key) {
    if (key.empty() || key.size() > kMostKey || key.front() == '.') return false;
    return std::all_of(key.begin(), key.end(), [](char byte) {
        return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
               (byte >= 'a' && byte <= 'z') || byte == '.' || byte == '_' || byte == '-';
    });
}

struct Asked {
    std::uint64_t window = kDefaultWindow;
    bool is_probe = false;
};

bool take_fields(std::string_view payload, Job& job, Asked& asked) {
    Fields fields(payload);
    while (const auto field = fields.next()) {
        switch (field->tag) {
            case Tag::key:
                job.key = field->value;
                break;
            case Tag::script:
                job.script = field->value;
                break;
            case Tag::environment:
                job.environment.emplace_back(field->value);
                break;
            case Tag::directory:
                job.directory = field->value;
                break;
            case Tag::input:
                job.input = field->value;
                break;
            case Tag::input_follows:
                job.input_follows = field->number() != 0;
                break;
            case Tag::time_limit:
                job.time_limit_ms = field->number();
                break;
            case Tag::grace:
                job.grace_ms = field->number();
                break;
            case Tag::nice:
                job.nice = static_cast<int>(static_cast<std::int64_t>(field->number()));
                break;
            case Tag::durable:
                job.is_durable = field->number() != 0;
                break;
            case Tag::output_limit:
                job.output_limit = field->number();
                break;
            case Tag::window:
                asked.window = field->number();
                break;
            case Tag::label:
                job.label = field->value;
                break;
            case Tag::probe:
                asked.is_probe = field->number() != 0;
                break;
            default:
                break;
        }
    }
    return !fields.is_malformed();
}

std::string directory_of(const std::string& wanted, const std::string& home) {
    if (wanted.empty() || wanted == "~") return home;
    if (wanted.starts_with("~/")) return home + wanted.substr(1);
    return wanted.front() == '/' ? wanted : home + "/" + wanted;
}

/// Pointers to `login` with `added` in front or in the place of the same names.
std::vector<const char*> environment_of(const std::vector<std::string>& login,
                                        const std::vector<std::string>& added,
                                        const std::string& key) {
    std::vector<const char*> all;
    all.reserve(login.size() + added.size() + 2);
    const auto is_same_name = [](std::string_view one, std::string_view other) {
        return one.substr(0, one.find('=')) == other.substr(0, other.find('='));
    };
    for (const std::string& variable : login) {
        const bool is_replaced = std::any_of(added.begin(), added.end(), [&](const auto& other) {
            return is_same_name(variable, other);
        });
        if (!is_replaced) all.push_back(variable.c_str());
    }
    for (const std::string& variable : added) {
        if (!is_same_name(variable, key)) all.push_back(variable.c_str());
    }
    all.push_back(key.c_str());
    all.push_back(nullptr);
    return all;
}

/// A pipe holds so much by itself.
constexpr std::size_t kPipeSize = std::size_t{64} << 10;

/// The kernel takes no longer argument, its NUL counted along.
constexpr std::size_t kMostArgument = std::size_t{128} << 10;

/// A file in memory, to be read from its beginning.
Fd file_in_memory(const char* name, std::string_view head, std::string_view content) {
    Fd file(::memfd_create(name, MFD_CLOEXEC));
    if (file && (!write_all(file.number(), head) || !write_all(file.number(), content) ||
                 ::lseek(file.number(), 0, SEEK_SET) != 0)) {
        file.reset();
    }
    return file;
}

/// Runs a script that is no argument; its first words close what it came by.
constexpr const char* kRunFile = ". /proc/self/fd/9";
constexpr std::string_view kFileHead = "exec 9<&-; ";
static_assert(kScriptFd == 9);

/// Of a new pipe, which has no flags to keep.
bool stop_blocking(const Fd& end) {
    return ::fcntl(end.number(), F_SETFL, O_NONBLOCK) == 0;
}

bool make_pipe(Fd& read_end, Fd& write_end) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    return true;
}

std::string failure_text(const Spawned& spawned, const std::string& directory, int nice) {
    const std::string error = error_text(spawned.error);
    switch (spawned.step) {
        case SpawnStep::directory:
            return "directory " + directory + ": " + error;
        case SpawnStep::nice:
            return "nice " + std::to_string(nice) + ": " + error;
        case SpawnStep::word:
            return "its process was killed before it was started";
        case SpawnStep::receipt:
            return "its receipt could not be written: " + error;
        case SpawnStep::execute:
            if (spawned.error == E2BIG) return "its environment is too long";
            return "/bin/sh: " + error;
        default:
            return "no process could be started: " + error;
    }
}

}  // namespace

void Supervisor::on_run(Connection& connection, const FrameView& frame) {
    Job asked_job;
    Asked asked;
    if (!take_fields(frame.payload, asked_job, asked)) return fault(connection, "malformed run");
    if (asked.is_probe) {
        Frame(connection.output, FrameType::ended, frame.id)
            .number(Tag::kind, static_cast<std::uint64_t>(EndKind::exited))
            .number(Tag::code, 0);
        return;
    }
    const auto refused = [&](std::string_view reason) {
        Frame(connection.output, FrameType::refused, frame.id).text(Tag::reason, reason);
    };
    if (connection.jobs.contains(frame.id)) return fault(connection, "the id is in use");
    if (!is_key(asked_job.key)) return refused("its key is none");
    if (by_key_.contains(asked_job.key)) return refused("its key is known already");
    if (asked_job.script.find('\0') != std::string::npos) return refused("NUL in the command");
    for (const std::string& variable : asked_job.environment) {
        if (variable.find('=') == std::string::npos || variable.find('\0') != std::string::npos) {
            return refused("its environment has a variable that is none");
        }
    }
    Job& job = add_job();
    const std::uint64_t serial = job.serial;
    job = std::move(asked_job);
    job.serial = serial;
    job.accepted_ms = wall_clock_ms();
    job.boot = boot_;
    job.machine = machine_;
    job.input_has_ended = !job.input_follows;
    job.directory = directory_of(job.directory, connection.home);
    job.attachments.push_back({&connection, frame.id, {0, 0}, asked.window});
    connection.jobs.emplace(frame.id, &job);
    by_key_.emplace(job.key, &job);
    waiting_.push_back(serial);
}

void Supervisor::start_waiting() {
    for (std::size_t started = 0; started < kMostStarts && !waiting_.empty();) {
        Job* job = job_by_serial(waiting_.front());
        waiting_.pop_front();
        if (job == nullptr || job->state != JobState::waiting) continue;
        start(*job);
        ++started;
    }
}

void Supervisor::put_accepted(std::string& to, const Job& job) {
    const bool is_fed = !job.input_follows || (job.input_has_ended && job.input.empty());
    Record(to, RecordType::accepted)
        .text(Tag::key, job.key)
        .text(Tag::script, job.script)
        .text(Tag::label, job.label)
        .number(Tag::time, job.accepted_ms)
        .text(Tag::boot, job.boot)
        .text(Tag::machine, job.machine)
        .number(Tag::time_limit, job.time_limit_ms)
        .number(Tag::grace, job.grace_ms)
        .number(Tag::output_limit, job.output_limit)
        .number(Tag::input_follows, is_fed ? 0 : 1);
}

void Supervisor::put_spawned(std::string& to, const Job& job) {
    Record(to, RecordType::spawned)
        .text(Tag::key, job.key)
        .number(Tag::start_time, job.spawned_us)
        .number(Tag::pid, static_cast<std::uint64_t>(job.pid));
}

void Supervisor::put_cut(std::string& to, const Job& job) {
    Record(to, RecordType::cut)
        .text(Tag::key, job.key)
        .number(Tag::cut_out, job.streams[0].cut_on_record)
        .number(Tag::cut_err, job.streams[1].cut_on_record);
}

void Supervisor::put_exited(std::string& to, const Job& job) {
    Record record(to, RecordType::exited);
    record.text(Tag::key, job.key);
    put_end(record, job.end);
    if (job.ending == Ending::none) return;
    const std::uint64_t now = now_us();
    record.number(Tag::ending, job.is_output_closed() ? 2 : 1)
        .number(Tag::grace, job.timer_us > now ? (job.timer_us - now) / kUsPerMs : 0);
}

void Supervisor::start(Job& job) {
    const Connection& connection = *job.attachments.front().connection;
    Fd write_ends[2];
    Fd input_end;
    const bool has_input = job.input_follows || !job.input.empty();
    const bool is_input_file = !job.input_follows && job.input.size() > kPipeSize;
    if (is_input_file) {
        // More than a pipe takes at once would be lost in part if we were killed.
        input_end = file_in_memory("input", "", job.input);
        if (!input_end) return refuse(job, "no room for its input: " + error_text(errno));
        job.input = std::string();
    }
    const bool has_input_pipe = has_input && !is_input_file;
    if (!make_pipe(job.streams[0].pipe, write_ends[0]) ||
        !make_pipe(job.streams[1].pipe, write_ends[1]) ||
        (has_input_pipe && !make_pipe(input_end, job.input_pipe)) ||
        !stop_blocking(job.streams[0].pipe) || !stop_blocking(job.streams[1].pipe) ||
        (has_input_pipe && !stop_blocking(job.input_pipe))) {
        return refuse(job, "no pipe could be made: " + error_text(errno));
    }
    const std::string key = std::string(kKeyVariable) + job.key;
    const std::vector<const char*> environment =
        environment_of(connection.environment, job.environment, key);
    Fd script_file;
    if (job.script.size() >= kMostArgument) {
        script_file = file_in_memory("script", kFileHead, job.script);
        if (!script_file) return refuse(job, "no room for its script: " + error_text(errno));
    }
    const char* const argv[] = {"sh", "-c", script_file ? kRunFile : job.script.c_str(), nullptr};
    Command command;
    command.script = script_file ? script_file.number() : -1;
    command.argv = argv;
    command.environment = environment.data();
    command.directory = job.directory.c_str();
    command.in = has_input ? input_end.number() : null_.number();
    command.out = write_ends[0].number();
    command.err = write_ends[1].number();
    command.nice = job.nice;
    command.mask = connection.mask;
    command.files = settings_.files;
    if (job.directory != connection.home) {
        const Spawned sent = send_ahead(command, job.ahead);
        if (sent.error != 0) return refuse(job, failure_text(sent, job.directory, job.nice));
        job.pid = sent.pid;
        by_pid_[job.pid] = &job;
        watch(job.ahead.number(), Watch::ahead, job.serial, EPOLLIN);
        if (job.time_limit_ms != 0) set_timer(job, now_us() + job.time_limit_ms * kUsPerMs);
        return;
    }
    if (!accept(job)) return;
    job.spawned_us = now_us();
    std::string receipt;
    if (job.is_durable) {
        put_spawned(receipt, job);
        command.receipt = &receipt;
        command.journal = journal_.fd();
        if (nanny_pid_ != 0) command.nanny = nanny_.number();
        command.out_read = job.streams[0].pipe.number();
        command.err_read = job.streams[1].pipe.number();
    }
    begin(job, spawn(command), receipt.size());
}

/// Its process is in the directory, or failed to be.
void Supervisor::hear_ahead_of(Job& job) {
    if (!job.ahead || job.state != JobState::waiting) return;
    Spawned spawned;
    spawned.pid = job.pid;
    const Ahead ahead = hear_ahead(job.ahead, spawned);
    if (ahead == Ahead::on_its_way) return;
    if (ahead == Ahead::failed) return refuse(job, failure_text(spawned, job.directory, job.nice));
    if (!accept(job)) return;
    job.spawned_us = now_us();
    std::string receipt;
    if (job.is_durable) {
        put_spawned(receipt, job);
        if (nanny_pid_ != 0 && give_to_nanny(nanny_.number(), job.pid, job.streams[0].pipe.number(),
                                             job.streams[1].pipe.number())) {
            spawned.handed = job.pid;
        }
    }
    if (let_execute(job.ahead, receipt, journal_.fd(), spawned)) {
        unwatch(job.ahead.number());
        job.ahead.reset();
    }
    begin(job, spawned, receipt.size());
}

/// The last that can fail before something runs.
bool Supervisor::accept(Job& job) {
    if (!job.is_durable) return true;
    const std::size_t before = journal_.pending().size();
    put_accepted(journal_.pending(), job);
    const auto write = [&] {
        const int error = journal_.reserve(journal_.pending().size());
        return error == 0 ? journal_.flush() : error;
    };
    int error = write();
    if (make_room(error)) error = write();
    if (error == 0) return true;
    journal_.drop_pending(before);
    refuse(job, "its receipt could not be written: " + error_text(error), true);
    return false;
}

/// It executes, or could not.
void Supervisor::begin(Job& job, const Spawned& spawned, std::size_t receipt_size) {
    if (spawned.error != 0) {
        if (spawned.handed != 0) to_forget_.push_back(spawned.handed);
        if (job.is_durable) {
            if (spawned.step == SpawnStep::execute) journal_.note_written(receipt_size);
            Record(journal_.pending(), RecordType::released).text(Tag::key, job.key);
        }
        return refuse(job, failure_text(spawned, job.directory, job.nice));
    }
    job.pid = spawned.pid;
    if (receipt_size > 0) journal_.note_written(receipt_size);
    job.state = JobState::running;
    job.environment = {};
    ++running_count_;
    by_pid_[job.pid] = &job;
    job.is_handed = spawned.handed != 0;
    if (!job.is_durable) {
        job.script = std::string();
    } else if (!job.is_handed) {
        // The nanny was busy.
        to_hand_.push_back(job.serial);
    }
    const Attachment& attachment = job.attachments.front();
    Frame(attachment.connection->output, FrameType::started, attachment.id)
        .number(Tag::pid, static_cast<std::uint64_t>(job.pid))
        .number(Tag::window, kDefaultWindow);
    watch_stream(job, 0);
    watch_stream(job, 1);
    if (job.input_pipe) write_input(job);
    const std::uint64_t limit_us = job.time_limit_ms * kUsPerMs;
    set_timer(job, limit_us == 0 ? 0 : job.spawned_us + limit_us);
}

void Supervisor::refuse(Job& job, std::string_view reason, bool has_no_room) {
    const Attachment& attachment = job.attachments.front();
    {
        Frame frame(attachment.connection->output, FrameType::refused, attachment.id);
        frame.text(Tag::reason, reason);
        if (has_no_room) frame.number(Tag::no_room, 1);
    }
    forget(job);
}

}  // namespace remuda::shim::program
