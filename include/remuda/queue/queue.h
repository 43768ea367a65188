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
    /// In document order; the last varies fastest. `slots` with several values is one of them, but
    /// none of the jobs' (see needs_of_job); with one value it never is.
    std::vector<Parameter> parameters;
    /// Of each job, but for `slots` where it is among the parameters.
    model::Needs needs;
    model::JobOptions options;
    /// The texts of the options that are templates, where they stand. Only reading gives them.
    std::vector<Value> option_templates;
    yaml::Span span;
};

/// Reads a queue file's text. Every fault is reported. An empty file gives no entries.
[[nodiscard]] std::vector<Entry> parse_queue(const yaml::Source& source,
                                             yaml::Diagnostics& diagnostics);

/// Number of jobs that `entry` stands for: commands times values of each parameter. Saturates.
[[nodiscard]] std::size_t job_count(const Entry& entry);

/// What the `n`-th job of `entry` needs, counted from 0.
[[nodiscard]] model::Needs needs_of_job(const Entry& entry, std::size_t n);

/// The numbers of slots that jobs of `entry` need, in the order of the file.
[[nodiscard]] std::vector<int> slots_of(const Entry& entry);

/// Finds faults in entries that the YAML alone does not show (templates). May add to the
/// diagnostics.
using Check = std::function<void(const std::vector<Entry>&, yaml::Diagnostics&)>;

/// A held lock on a queue file. Released by destruction, which also notes down in the lock file
/// which file it leaves, so that changes under the lock are told from others.
class Lock {
  public:
    /// Takes the lock if it is free: `flock` on `<queue_path>.lock`, which is made if needed, never
    /// removed, and then names its holder. A symbolic link is followed: two names of a queue, one
    /// lock. Code::locked, with who holds it as the text, if it is taken; also if somebody was
    /// killed who had claimed jobs (`was_interrupted`) and has not quite ended.
    [[nodiscard]] static Result<Lock> try_take(const std::string& queue_path,
                                               const std::string& purpose);
    /// The lock file of a queue: `<queue_path>.lock`, behind a symbolic link.
    [[nodiscard]] static std::string path_of(const std::string& queue_path);
    Lock(Lock&&) noexcept;
    Lock& operator=(Lock&&) noexcept;
    ~Lock();

    /// The descriptor that holds the lock: CLOEXEC, and this object's. The lock is held as long as
    /// any duplicate of it is open: a child that inherits one (dup2 and without CLOEXEC) holds the
    /// lock until it ends, whatever becomes of this process.
    [[nodiscard]] int descriptor() const;
    /// Other processes of this machine that hold it too, by a duplicate, as people call them; empty
    /// if none is seen.
    [[nodiscard]] std::string sharers() const;
    /// The queue file as the last holder of the lock has left it: its stamp in words; empty if it
    /// has not come to that. Another file is the work of somebody who does not take the lock.
    [[nodiscard]] const std::string& left_file() const;
    /// What the last holder has said of that file (`leave_word`); empty if nothing.
    [[nodiscard]] const std::string& left_word() const;
    /// Something short, without a line break, for the next holder to know of the file as it is when
    /// the lock is released. Said anew by each holder that changes the file.
    void leave_word(std::string word);

    /// Somebody was killed who had claimed jobs and not yet taken them out of the file. It stays so
    /// for the next holder, too, until `settled` is said.
    [[nodiscard]] bool was_interrupted() const;
    void settled();
    /// From now on until the lock is released, being killed leaves such a claim.
    [[nodiscard]] Result<void> begin_change();

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

/// A claim of a process that was killed, as its ledger had it.
struct LeftClaim {
    /// In canonical form.
    std::string text;
    std::string mark;
    /// False: for certain nothing of it ran.
    bool was_started = false;
};

/// Where claims are kept: told of each step of taking, so that a process that is killed between two
/// steps loses no job and runs none twice.
class Ledger {
  public:
    virtual ~Ledger() = default;
    /// `jobs`, which have their ids, are about to leave the file. Durable, against a loss of power
    /// too, when it returns. After an Error they stay in the file. `texts`: their canonical form.
    /// `mark` describes the file before the change; it is handed back to Queue::restore.
    [[nodiscard]] virtual Result<void> claim(const std::vector<model::Job>& jobs,
                                             const std::vector<std::string>& texts,
                                             const std::string& mark) = 0;
    /// The job could not leave the file after all, or is back in it.
    virtual void withdraw(model::JobId job) = 0;
    /// How often a job with this canonical form was taken from this file since this run began, by
    /// anybody, less those that were skipped since.
    [[nodiscard]] virtual Result<std::size_t> times_taken(const std::string& text) = 0;
    /// A job with this form came back into the file and was skipped.
    virtual void skipped_repeat(const std::string& text) = 0;
    /// The claims that killed processes have left on this file and nobody has settled, oldest
    /// first. Asked under the lock, before the first take and whenever a holder was killed.
    [[nodiscard]] virtual Result<std::vector<LeftClaim>> left_behind();
    /// The file is as those claims want it (Queue::restore). Durable when it returns.
    [[nodiscard]] virtual Result<void> settle_left_behind();
};

struct QueueSettings {
    /// Applied whenever the file was read afresh.
    Check check = nullptr;
    /// Outlives the queue. Null: no claims are kept (tests, and commands that take nothing).
    Ledger* ledger = nullptr;
    /// Jobs that were taken and come back with somebody's save of an older copy of the file run
    /// again. Otherwise they are skipped, once, and told of.
    bool allows_repeats = false;
    /// Told of what people should know: repeats that were skipped, a file that was written anew in
    /// canonical form.
    std::function<void(const std::string&)> note = nullptr;
};

class Queue {
  public:
    /// `path`: the queue file. consumed.yaml lies beside the queue file (beside the link, if `path`
    /// is one).
    Queue(std::string path, QueueSettings settings);
    /// Without a ledger.
    Queue(std::string path, Check check);
    ~Queue();
    Queue(Queue&&) noexcept;
    Queue& operator=(Queue&&) noexcept;

    /// Takes the first job, or the first few, if `admit` says so. Never waits: a lock held
    /// elsewhere is LockHeld. Jobs get their ids in the order in which they are taken, from 1.
    /// Errors are Code::not_found if there is no queue file, and those of the file system (ENOSPC
    /// ...): then the queue file and consumed.yaml are as they were.
    /// `is_burst`: another take has just been, or follows soon; then the change of the file may be
    /// left untidy (see `tidy`) to save time.
    [[nodiscard]] Result<TakeResult> take(const Admit& admit, bool is_burst = false);

    /// Puts a job that never started back at the head, as an entry of its own in canonical form,
    /// and takes it out of consumed.yaml if it is the last one there. Code::locked if somebody else
    /// holds the lock: try again later. Taken again, it gets a new id.
    [[nodiscard]] Result<void> put_back(const model::Job& job);

    /// Sets right what killed processes have left, under the lock. Afterwards each job that was not
    /// started is in the file exactly once (where it was, or at the head), and none that was
    /// started is in it on account of its claim. Code::locked: try again later.
    [[nodiscard]] Result<void> restore(const std::vector<LeftClaim>& claims);

    /// The same with the claims of the ledger, under `lock`, if it is needed: some holder of the
    /// lock was killed (Lock::was_interrupted), or nothing was settled by this object yet.
    [[nodiscard]] Result<void> settle(Lock& lock);

    /// Leaves the file as a person should find it: lines that were commented out and jobs that were
    /// only counted off are cut out. To be called when taking pauses, and at the end. Cheap if
    /// there is nothing to do. Code::locked: try again later.
    /// `is_pause`: more will be taken; then a file that is large anyway is left until much of it is
    /// commented out.
    [[nodiscard]] Result<void> tidy(bool is_pause = false);

    /// The same under a lock that is held already, before anybody else writes the file under it:
    /// what others have left is known only until the file is changed. Does nothing while there is
    /// something to settle.
    [[nodiscard]] Result<void> tidy_under(const Lock& lock);

    /// What `check` looks at beside the file has changed: the next take reads and checks the file
    /// afresh.
    void recheck();

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
