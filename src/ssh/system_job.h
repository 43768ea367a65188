// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/loop/child.h"
#include "remuda/loop/loop.h"
#include "remuda/transport/output_pipes.h"
#include "ssh/remote_job.h"
#include "ssh/status_frame.h"
#include "ssh/system_master.h"

#include <memory>
#include <string>

namespace remuda::ssh {

/// One command over a master, by an ssh process of its own.
class SystemJob {
  public:
    /// `number` is no other job's. `loop` and `master` outlive it.
    SystemJob(loop::Loop& loop, SystemMaster& master, std::shared_ptr<RemoteJob> job,
              std::size_t number);
    SystemJob(const SystemJob&) = delete;
    SystemJob& operator=(const SystemJob&) = delete;

    enum class End {
        /// The job was told its end.
        finished,
        /// It was not started, and not told so: the server has no room for a further session.
        refused,
        /// It was not started, and not told so: the master does not answer.
        no_master,
    };
    /// Carries the job out; once. `stop` kills the ssh.
    loop::Task<End> carry_out(loop::Stop& stop);

  private:
    Result<void> start();
    // Sends a long script, and, once the command has begun, signals as they are wanted.
    loop::Task<> feed();
    // Puts as much into its stdin as there is room for.
    void send();
    // What the job reads; nothing of it before the command has begun, for it may yet run elsewhere.
    void take_input();
    void take_signals();
    // For a command whose stdin is its own: by a session of its own each.
    loop::Task<> send_signals();
    // False: stopped.
    loop::Task<bool> pass_output(loop::Stop& stop);
    loop::Task<End> conclude(loop::ChildEnd end, loop::Stop& stop);
    loop::Task<model::Outcome> outcome_of_nothing(std::string log, loop::Stop& stop);

    // Set once.
    loop::Loop& loop_;
    SystemMaster& master_;
    // Shared with whoever awaits it.
    const std::shared_ptr<RemoteJob> job_;
    const std::string log_path_;

    // Loop thread only.
    StatusFrame frame_;
    std::unique_ptr<loop::Child> child_;
    transport::OutputPipes output_;
    Fd stdin_;
    std::string to_send_;
    bool has_input_ended_ = false;
    bool was_killed_ = false;
    loop::Notice poked_;
    loop::Notice has_room_;
    loop::Stop feeding_;
};

}  // namespace remuda::ssh
