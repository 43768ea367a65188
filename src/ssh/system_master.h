// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"
#include "remuda/base/log.h"
#include "remuda/base/result.h"
#include "remuda/loop/child.h"
#include "remuda/loop/loop.h"
#include "ssh/system_transport.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace remuda::ssh {

/// A process that holds one connection of the system's ssh, and its socket in a private folder.
/// `close` must have returned before it is destroyed.
///
/// The process ends and removes its folder when a pipe of ours ends, so also when we are killed.
class SystemMaster {
  public:
    /// `loop` and `ssh` outlive it.
    SystemMaster(loop::Loop& loop, const SystemSsh& ssh, Log log);
    ~SystemMaster();
    SystemMaster(const SystemMaster&) = delete;
    SystemMaster& operator=(const SystemMaster&) = delete;

    /// Starts it, and returns when it takes commands. Once.
    loop::Task<Result<void>> log_in(Time deadline, loop::Stop& stop);
    /// Why it has ended; nothing if the deadline or `stop` came first.
    loop::Task<std::optional<Error>> ended(Time deadline, loop::Stop& stop);
    /// Ends it, by force at the deadline, and leaves nothing behind.
    loop::Task<> close(Time deadline);

    /// The command that runs `line` on the host, over this connection or not at all. `log`, a file,
    /// gets what ssh itself has to say; `passage_of` reads it.
    [[nodiscard]] std::vector<std::string> command(const std::string& line,
                                                   const std::string& log) const;
    /// What the server calls itself: "OpenSSH_9.2p1". Known once logged in, or empty.
    [[nodiscard]] const std::string& server() const { return server_; }
    /// A path in the private folder.
    [[nodiscard]] std::string path(std::string_view name) const;

  private:
    Result<void> make_folder();
    Result<void> start();
    [[nodiscard]] std::vector<std::string> arguments() const;
    // Reads what it says, until it is silent for ever.
    loop::Task<> listen();
    void hear();
    void hear_line(std::string_view line);

    // Set once.
    loop::Loop& loop_;
    const SystemSsh& ssh_;
    const Log log_;
    std::string folder_;

    // Loop thread only.
    std::unique_ptr<loop::Child> child_;
    Fd life_;
    Fd err_;
    // The beginning of a line that it says, and the last of the whole ones, less the debug ones.
    std::string heard_;
    std::string said_;
    std::string server_;
    loop::Stop stop_;
    loop::Scope scope_;
};

}  // namespace remuda::ssh
