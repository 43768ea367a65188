// SPDX-License-Identifier: MIT
//
// A command and what became of it: as long as it runs, and, if it is durable, until it is released.
#pragma once

#include "remuda/shim/wire.h"
#include "shim_program/nanny.h"
#include "shim_program/system.h"

#include <string>
#include <vector>

namespace remuda::shim::program {

struct Connection;

/// How a job ended.
struct End {
    EndKind kind = EndKind::exited;
    std::uint64_t code = 0;
    std::string signal;
    std::string reason;
    std::uint64_t wall_us = 0;
    Usage usage;
    std::uint64_t length[2] = {};
    std::uint64_t cut[2] = {};
};

/// Puts an End as fields into a Frame or a Record.
template <typename To>
void put_end(To& to, const End& end) {
    to.number(Tag::kind, static_cast<std::uint64_t>(end.kind)).number(Tag::code, end.code);
    if (!end.signal.empty()) to.text(Tag::signal, end.signal);
    if (!end.reason.empty()) to.text(Tag::reason, end.reason);
    to.number(Tag::wall, end.wall_us)
        .number(Tag::user, end.usage.user_us)
        .number(Tag::system, end.usage.system_us)
        .number(Tag::memory, end.usage.memory_kib)
        .number(Tag::length_out, end.length[0])
        .number(Tag::length_err, end.length[1])
        .number(Tag::cut_out, end.cut[0])
        .number(Tag::cut_err, end.cut[1]);
}
/// Takes a field of an End; false if it is none.
bool take_end_field(End& end, const Field& field);

/// Of one stream before others have their turn.
constexpr std::size_t kStep = std::size_t{64} << 10;
constexpr std::size_t kMostInOneGo = std::size_t{256} << 10;

/// Stdout or stderr of a job.
struct Stream {
    /// Empty when all who held it have closed it.
    Fd pipe;
    /// Of durable jobs, made with the first byte.
    Fd file;
    /// All that was read from the pipe; of it, the last `cut` bytes were not kept.
    std::uint64_t length = 0;
    std::uint64_t cut = 0;
    /// What the journal says of `cut`: at least half.
    std::uint64_t cut_on_record = 0;
    /// Of the kept, so much has been sent to somebody.
    std::uint64_t told = 0;
    /// Nothing more is kept: the disk takes no more. A controller that has all so far is sent it.
    bool is_passing = false;
    /// Nothing more is kept, nor sent.
    bool is_cutting = false;
    /// Sending it as a span failed: what cannot be read is to be told.
    bool must_copy = false;
    bool is_watched = false;

    [[nodiscard]] std::uint64_t kept() const { return length - cut; }
};

/// Whoever wants the output and the end of a job.
struct Attachment {
    Connection* connection = nullptr;
    std::uint64_t id = 0;
    std::uint64_t sent[2] = {};
    std::uint64_t credit = 0;
    /// It is in its connection's `sending`.
    bool is_queued = false;
};

enum class JobState : std::uint8_t { waiting, running, ended };

/// How far a job is being ended.
enum class Ending : std::uint8_t { none, asked, killed };

struct Job {
    // What was asked for.
    std::uint64_t serial = 0;
    std::string key;
    std::string script;
    std::string label;
    std::string directory;
    std::vector<std::string> environment;
    std::string input;
    bool input_follows = false;
    /// The shim was killed before it had written all of the input.
    bool has_lost_input = false;
    bool is_durable = false;
    int nice = 0;
    std::uint64_t time_limit_ms = 0;
    std::uint64_t grace_ms = kDefaultGraceMs;
    std::uint64_t output_limit = kDefaultOutputLimit;
    std::uint64_t accepted_ms = 0;
    std::string boot;
    std::string machine;

    // What became of it.
    JobState state = JobState::waiting;
    pid_t pid = 0;
    /// The line to `pid` while that is on its way into the directory (ahead.h).
    Fd ahead;
    std::uint64_t spawned_us = 0;
    /// Its process has ended; `end` holds its status.
    bool has_exited = false;
    /// And was waited for: its number may be another's.
    bool is_reaped = false;
    /// It is a child of the nanny, or of nobody that we know.
    bool is_adopted = false;
    /// Its nanny was killed: its orphans are others' children.
    bool is_anywhere = false;
    /// Tells when a process that is nobody's child is gone.
    Fd watched_process;
    /// The nanny has copies of its pipes.
    bool is_handed = false;
    End end;
    Stream streams[2];

    // Its input.
    Fd input_pipe;
    std::size_t input_written = 0;
    bool input_has_ended = true;
    bool is_input_watched = false;

    // Its ending.
    Ending ending = Ending::none;
    EndKind why = EndKind::exited;
    /// Of one that was being ended when the shim was killed: nothing of its output is lost.
    bool was_output_closed = false;
    /// The last look showed something of it.
    bool has_rest = false;
    /// Looks in a row that showed nothing of it.
    int empty_looks = 0;
    /// With Ending::killed: since when.
    std::uint64_t killed_us = 0;
    /// With Ending::asked: by which signal, and who was sent it.
    int asked_by = 0;
    std::vector<pid_t> told;
    /// Its controller has all of it.
    bool is_released = false;
    /// And the journal says so: it is here for those alone who still read its output.
    bool is_forgotten = false;
    /// When its timer is due, 0 if it has none.
    std::uint64_t timer_us = 0;

    std::vector<Attachment> attachments;

    [[nodiscard]] bool is_output_closed() const { return !streams[0].pipe && !streams[1].pipe; }
};

/// The name of a signal without SIG, as `15` is `TERM`.
std::string signal_name(int number);
/// 0 if it is none.
int signal_number(std::string_view name);

}  // namespace remuda::shim::program
