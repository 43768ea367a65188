// SPDX-License-Identifier: MIT
//
// Server: a throwaway sshd on loopback that stands for a host of the drill, with an address, a home
// and a boot id of its own. It lets in nobody but the user who runs the drill.
#pragma once

#include "remuda/base/result.h"
#include "selftest/processes.h"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace remuda::selftest {

/// Keys of the drill's user and of its hosts.
struct Keys {
    std::string user;
    std::string host;
    /// As in known_hosts.
    std::string host_public;
};

/// Code::not_found: there is none here; the text says what to install.
[[nodiscard]] Result<std::string> find_sshd();
/// Makes new ones in the folder.
[[nodiscard]] Result<Keys> make_keys(const std::string& folder);

class Server {
  public:
    /// `folder` is its own, and exists; `number` makes its address.
    [[nodiscard]] static Result<Server> start(const std::string& sshd, const Keys& keys,
                                              const std::string& folder, int number);
    ~Server();
    Server(Server&& other) noexcept;
    Server& operator=(Server&& other) = delete;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Ends what is left of the host and gives it back as it was; it hears when this returns.
    [[nodiscard]] Result<void> restart();

    // Faults. Each returns whether there was something to strike.

    bool kill_sessions();
    bool kill_server();
    /// Waits until it hears.
    [[nodiscard]] Result<void> start_again();
    /// Sessions stand still; those that do are let go on by `resume_sessions`.
    bool stop_sessions();
    void resume_sessions();
    /// Kills all that runs there, and gives it another boot id; start_again brings it back.
    bool reboot();
    bool kill_shim();
    bool kill_supervisor();
    bool kill_nanny();
    bool kill_keepers();

    /// Jobs run there.
    [[nodiscard]] bool has_jobs() const;
    /// Kills whatever belongs to the host.
    void kill_all();

    /// "127.1.2.3:4567".
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::string known_hosts_line() const;

  private:
    Server() = default;
    [[nodiscard]] Result<void> write_config(const Keys& keys);
    [[nodiscard]] Result<void> listen();
    void give_boot_id() const;
    [[nodiscard]] std::vector<Process> sessions() const;
    [[nodiscard]] std::vector<Process> own_processes() const;

    // Set once.
    std::string sshd_;
    std::string folder_;
    std::string address_;
    std::uint16_t port_ = 0;
    std::string host_key_;
    /// "NAME=value", in the environment of all that runs there.
    std::string mark_;

    /// -1: it does not run.
    pid_t pid_ = -1;
    std::vector<pid_t> stopped_;
};

}  // namespace remuda::selftest
