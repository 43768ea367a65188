// SPDX-License-Identifier: MIT
//
// The queue's lock for commands that people type: waited for, with word of who holds it.
#pragma once

#include "cli/options.h"
#include "remuda/base/fd.h"
#include "remuda/base/result.h"
#include "remuda/queue/queue.h"

#include <optional>
#include <string>

namespace remuda::cli {

// What `remuda lock` tells the programs that it starts. The descriptor is the lock: whoever has it
// holds the lock.
inline constexpr const char* kLockFdVariable = "REMUDA_LOCK_FD";
inline constexpr const char* kLockPidVariable = "REMUDA_LOCK_PID";
inline constexpr const char* kQueueVariable = "REMUDA_QUEUE";

/// A held lock: our own, or the one that the `remuda lock` holds which started us.
class QueueLock {
  public:
    explicit QueueLock(queue::Lock own) : own_(std::move(own)) {}
    /// `inherited` outlives us. `turn`: see Holding::writes; may hold nothing.
    QueueLock(int inherited, Fd turn) : inherited_(inherited), turn_(std::move(turn)) {}

    /// CLOEXEC. Whoever inherits it holds the lock.
    [[nodiscard]] int descriptor() const { return own_ ? own_->descriptor() : inherited_; }

    /// Who else holds our own lock, as people call them. Empty if nobody is seen.
    [[nodiscard]] std::string sharers() const { return own_ ? own_->sharers() : std::string(); }
    [[nodiscard]] bool is_inherited() const { return !own_; }

  private:
    std::optional<queue::Lock> own_;
    int inherited_ = -1;
    Fd turn_;
};

/// What the lock is taken for. Several programs may have inherited one lock: of those that write
/// the file themselves, one has its turn at a time. Who lets others write under the lock must not
/// take a turn, since they would wait for it.
enum class Holding { writes, lets_write };

/// Takes the lock of the queue file; waits for it unless --no-wait, and says on stderr after a
/// second whose it is. Code::locked with the message to show: --no-wait, or a command that was
/// started by the holder of the lock but did not inherit it, and would wait for ever. `purpose` is
/// what others are told.
[[nodiscard]] Result<QueueLock> take_lock(const Options& options, const std::string& purpose,
                                          Holding holding = Holding::writes);

/// For commands that take the lock again and again, and wait for it in between: Code::locked with
/// the message to show if it is held by a `remuda lock` that we run under, which waits for our end.
/// So it is, too, if that one is gone and we have inherited its lock: then we would wait for
/// ourselves.
[[nodiscard]] Result<void> check_not_under_lock(const Options& options);

}  // namespace remuda::cli
