// SPDX-License-Identifier: MIT
//
// Queue: queue.yaml, worked off job by job (docs/design.md, section 3; docs/queue-file.md).
//
// The file is the user's: what remains in it is kept byte for byte, it is read afresh whenever it
// has changed, and it is written only under the lock on `<queue>.lock`. Taking appends to
// consumed.yaml first and cuts the queue second: a crash between the two leaves the job in both
// files, never in none.
#pragma once

#include "remuda/base/result.h"
#include "remuda/model/job.h"
#include "remuda/yaml/diagnostic.h"
#include "remuda/yaml/source.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace remuda::queue {

/// One item of the queue file: commands and parameters, not multiplied out.
struct Entry {
    struct Value {
        std::string text;
        /// Where the value's text stands; for plain and single-line quoted scalars, byte for byte.
        yaml::Span span;
        /// Offset in the file of the first byte of `text` if `text` stands there unchanged.
        std::optional<std::size_t> verbatim_at;
    };
    struct Parameter {
        std::string name;
        yaml::Span name_span;
        std::vector<Value> values;
    };
    std::vector<Value> commands;
    /// In document order; the last varies fastest.
    std::vector<Parameter> parameters;
    model::Needs needs;
    model::JobOptions options;
    yaml::Span span;
};

/// Reads a queue file's text. Every fault is reported. An empty file gives no entries.
[[nodiscard]] std::vector<Entry> parse_queue(const yaml::Source& source,
                                             yaml::Diagnostics& diagnostics);

/// Number of jobs that `entry` stands for: commands times values of each parameter. Saturates.
[[nodiscard]] std::size_t job_count(const Entry& entry);

/// Finds faults in entries that the YAML alone does not show (templates). May add to the
/// diagnostics.
using Check = std::function<void(const std::vector<Entry>&, yaml::Diagnostics&)>;

/// A held lock on a queue file. Released by destruction.
class Lock {
  public:
    /// Takes the lock if it is free: `flock` on `<queue_path>.lock`, which is made if needed, never
    /// removed, and then names its holder. A symbolic link is followed: two names of a queue, one
    /// lock. Code::locked, with who holds it as the text, if it is taken.
    [[nodiscard]] static Result<Lock> try_take(const std::string& queue_path,
                                               const std::string& purpose);
    Lock(Lock&&) noexcept;
    Lock& operator=(Lock&&) noexcept;
    ~Lock();

  private:
    struct Impl;
    explicit Lock(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Whether the head may be taken now, later or never, and how many jobs like it have room now.
struct Admission {
    enum class Verdict { take, wait, reject };
    Verdict verdict = Verdict::take;
    /// With `take`: jobs behind the head that need the same may be taken with it, so many in all.
    /// Jobs taken together cost one write of the files.
    std::size_t most = 1;
};
using Admit = std::function<Admission(const model::Needs& head)>;

/// What came of trying to take the head.
struct Taken {
    /// At least one, in order, each with room for it.
    std::vector<model::Job> jobs;
    /// Verdict::reject was said: the one job was taken off the queue, into consumed.yaml like any
    /// other, but is not to be run.
    bool rejected = false;
};
struct Empty {
    /// It became empty by our own taking, or was so when it was first read. False: somebody else
    /// has just emptied it, which may be half of a save.
    bool is_settled = true;
};
struct HeadMustWait {};
struct LockHeld {
    std::string holder;
};
/// The file is faulty now; nothing was taken.
struct Faulty {
    std::shared_ptr<const yaml::Source> source;
    yaml::Diagnostics diagnostics;
};
using TakeResult = std::variant<Taken, Empty, HeadMustWait, LockHeld, Faulty>;

class Queue {
  public:
    /// `path`: the queue file. `check` is applied whenever the file was read afresh.
    /// consumed.yaml lies beside the queue file (beside the link, if `path` is one).
    Queue(std::string path, Check check);
    ~Queue();
    Queue(Queue&&) noexcept;
    Queue& operator=(Queue&&) noexcept;

    /// Takes the first job, or the first few, if `admit` says so. Never waits: a lock held
    /// elsewhere is LockHeld. Jobs get their ids in the order in which they are taken, from 1.
    /// Errors are Code::not_found if there is no queue file, and those of the file system (ENOSPC
    /// ...): then the queue file and consumed.yaml are as they were.
    [[nodiscard]] Result<TakeResult> take(const Admit& admit);

    /// Puts a job that never started back at the head, as an entry of its own in canonical form,
    /// and takes it out of consumed.yaml if it is the last one there. Code::locked if somebody else
    /// holds the lock: try again later. Taken again, it gets a new id.
    [[nodiscard]] Result<void> put_back(const model::Job& job);

    /// Whether the file has changed since this object last read or wrote it. Costs one stat.
    [[nodiscard]] bool has_changed() const;

    /// Jobs that the file held when it was last read or written (saturates).
    [[nodiscard]] std::size_t remaining() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A job in canonical form, as consumed.yaml holds it: `- command:` and `    - text`, then other
/// keys.
[[nodiscard]] std::string canonical_entry(const model::Job& job);

}  // namespace remuda::queue
