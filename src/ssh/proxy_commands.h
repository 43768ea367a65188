// SPDX-License-Identifier: MIT
//
// ProxyCommands: processes whose stdin and stdout are a connection to a host (ssh_config(5),
// ProxyCommand).
//
// Bounds, for each: the socketpair (about 200 KiB each way in the kernel) and the last 2 KiB of
// its stderr, of which the last lines are told if it ends.
#pragma once

#include "remuda/base/log.h"
#include "remuda/base/result.h"
#include "remuda/loop/loop.h"
#include "ssh/reach.h"

#include <memory>
#include <string>

namespace remuda::ssh {

class ProxyCommands {
  public:
    /// `loop` and `log` outlive it, and it outlives its streams.
    ProxyCommands(loop::Loop& loop, const Log& log);
    ~ProxyCommands();
    ProxyCommands(const ProxyCommands&) = delete;
    ProxyCommands& operator=(const ProxyCommands&) = delete;

    /// `sh -c "exec COMMAND"`. The process group is killed when the stream is destroyed. Its end is
    /// the stream's end, and told by `trouble`. `name`: of the host, for notes.
    [[nodiscard]] Result<std::unique_ptr<Stream>> start(const std::string& command,
                                                        const std::string& name);

    /// Waits for the processes whose streams are gone; returns at once while any stream is left.
    loop::Task<> rest();

  private:
    struct Process;
    class ProxyStream;
    loop::Task<> watch_end(std::shared_ptr<Process> process);
    loop::Task<> watch_errors(std::shared_ptr<Process> process);

    // Set once.
    loop::Loop& loop_;
    const Log& log_;

    // Loop thread only.
    std::size_t streams_ = 0;
    loop::Scope scope_;
};

}  // namespace remuda::ssh
