// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/log.h"
#include "remuda/loop/loop.h"
#include "remuda/loop/task.h"
#include "remuda/model/action.h"
#include "remuda/model/event.h"
#include "remuda/transport/transport.h"
#include "run/crew.h"
#include "run/emit.h"
#include "run/hosts.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace remuda::run {

/// Follows the executions of a run: what each writes and how it ends becomes events. Each attempt
/// ends with exactly one AttemptEnded, AttemptRefused or AttemptLeft.
///
/// One that outlives the connection (Durable) is followed again when its host is back.
class Attempts {
  public:
    struct Parts {
        loop::Loop& loop;
        Hosts& hosts;
        /// From TERM to KILL, and from KILL to giving up, where a command does not say.
        Duration grace;
        /// A host that is not back after this time is not waited for.
        Duration lost_after;
        Emit emit;
        Crew::Fail fail;
        Log log;
    };
    /// What `parts` refers to outlives it.
    explicit Attempts(Parts parts);

    /// Runs `command` on `host`. `durable`: as it was recorded.
    void start(model::AttemptId id, model::HostId host, transport::Command command,
               std::optional<model::Durable> durable);
    /// Goes on with what an earlier run started there, when the host is up.
    void resume(model::AttemptId id, model::HostId host, const model::JobResumed& job);
    /// Ends an attempt; a no-op if it has ended, or is being ended.
    void end(model::AttemptId id, model::EndReason reason);
    /// Reports an attempt that outlives us as left, without waiting for it; a no-op if it is being
    /// ended.
    void leave(model::AttemptId id, const std::string& reason);
    /// While held, an attempt that has written something is not heard any further (its command
    /// waits when its pipe is full), unless it is being ended.
    void hold(bool is_held);
    /// Reports what runs as lost, or as left where it outlives us, without waiting for it.
    void abandon();
    /// Waits for the executions. Those that were given up end when their transport is closed.
    [[nodiscard]] loop::Task<> join();

  private:
    struct Running;
    /// Shared by the task that follows an attempt and the one that ends it.
    using RunningPtr = std::shared_ptr<Running>;

    void follow(const RunningPtr& running);
    loop::Task<> follow_one(RunningPtr running);
    /// Waits until its host is back and goes on with it there. False: it is not waited for.
    loop::Task<bool> attach(Running& running);
    void detach(Running& running, const std::string& reason);
    loop::Task<> end_one(RunningPtr running);
    loop::Task<> end_overdue(RunningPtr running);
    static void signal(Running& running, const char* name);
    /// Also when it need not be waited for any more.
    loop::Task<bool> ends_by(Running& running, Time deadline);
    loop::Task<> wait_while_held(const Running& running);
    void report(Running& running, model::Event event) const;

    Parts parts_;
    std::map<model::AttemptId, RunningPtr> running_;
    bool is_held_ = false;
    /// Something is not held any more.
    loop::Notice released_;
    loop::Stop stop_;
    Crew crew_;
};

}  // namespace remuda::run
