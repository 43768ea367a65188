// SPDX-License-Identifier: MIT
//
// Client: the way to every host that is reached by SSH, over libssh2 without blocking, on one loop.
//
// One Client a run holds what all hosts share: trusted host keys, decoded user keys, the agent, the
// pacing of logins. One Transport a host (and login name, port, keys) pools its connections: at
// most 8 channels each, a further connection when those are taken or the server refuses a channel.
//
// Bounds: about 45 KB a connection; for each running command at most the channel's window
// (512 KiB; where the host is far away, together by 4 MiB a connection more) plus 64 KiB of output
// that nobody has read yet.
#pragma once

#include "remuda/base/log.h"
#include "remuda/base/secret.h"
#include "remuda/loop/loop.h"
#include "remuda/model/fleet.h"
#include "remuda/ssh/host_settings.h"
#include "remuda/transport/transport.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::ssh {

/// What happens with a host key that known_hosts does not name. A key that differs from a known one
/// is refused always.
struct NewHost {
    std::string name;
    std::uint16_t port = 22;
    /// As ssh shows it: "ED25519", "ECDSA", "RSA".
    std::string key_type;
    /// "SHA256:...".
    std::string fingerprint;
    model::Place place;
};

/// Puts one question about all of `hosts`; an answer for each. Returns early when stopped (all
/// false).
using AskNewHosts =
    std::function<loop::Task<std::vector<bool>>(std::vector<NewHost> hosts, loop::Stop& stop)>;

/// Puts a question whose answer is not shown on the screen; `question` ends with a space. Nothing
/// if the user does not answer, nobody can be asked, or it is stopped.
using AskSecret =
    std::function<loop::Task<std::optional<Secret>>(std::string question, loop::Stop& stop)>;

struct Settings {
    HostKeyPolicy host_key = HostKeyPolicy::strict;
    /// `host_key` was asked for: ssh_config does not change it.
    bool host_key_wins = false;
    /// Needed for HostKeyPolicy::ask.
    AskNewHosts ask;
    /// For passphrases of key files, each once; null: such files are left to the agent.
    AskSecret ask_secret;
    /// Offered to the hosts (not to jump hosts) that take no key; null: none. Owned by the copies
    /// of these settings alone.
    std::shared_ptr<const Secret> password;
    /// Name lookup and TCP connection.
    std::chrono::nanoseconds connect_timeout = std::chrono::seconds(10);
    /// `connect_timeout` was asked for: ssh_config does not change it.
    bool connect_timeout_wins = false;
    /// Banner, key exchange, host key and authentication.
    std::chrono::nanoseconds login_timeout = std::chrono::seconds(20);
    /// Files of trusted host keys, the user's and the system's; new ones go to the first of the
    /// user's.
    std::vector<std::string> known_hosts;
    std::vector<std::string> global_known_hosts;
    /// Value of SSH_AUTH_SOCK; empty: no agent.
    std::string agent_socket;
    /// Folder that "~/" stands for.
    std::string home;
    /// Login name where the host names none.
    std::string user;
    /// The variables of this process: NAME, value (ssh_config(5), SendEnv).
    std::vector<std::pair<std::string, std::string>> variables;
    /// There is a Kerberos ticket to authenticate with.
    bool has_ticket = false;
    /// With what ssh_config is read; nothing: it is not.
    std::optional<ssh_config::Environment> ssh_config;
    /// The file given by --ssh-config, which `ssh` is to read, too (-F); empty: none was.
    std::string ssh_config_file;
};

/// Settings as ssh would have them for the user of this process: known_hosts files, agent, home,
/// ssh_config. `ssh_config_file` is read instead of the user's and the system's, as `ssh -F` does;
/// "none": no file is read; empty: the usual ones.
[[nodiscard]] Settings settings_from_environment(const std::string& ssh_config_file = {});

/// What there is to tell of one host.
struct HostCheck {
    /// Absent if it could not be found out how to reach the host.
    std::optional<Way> way;
    /// Absent if all is well.
    std::optional<Error> failure;
    /// From the first packet until logged in; absent on failure.
    std::optional<Duration> login_time;
    std::optional<Duration> round_trip;

    // Empty where it is not known, as by the system's ssh.
    /// "ED25519", and "SHA256:...".
    std::string host_key_type;
    std::string fingerprint;
    /// The key that the server accepted: a path, or the agent's comment.
    std::string identity;
    /// What the server calls itself.
    std::string server;
    std::string key_exchange;
    std::string host_key_algorithm;
    std::string cipher;
    std::string mac;
};

class Client {
  public:
    Client(loop::Loop& loop, Settings settings, Log log);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// The client outlives its transports.
    [[nodiscard]] std::unique_ptr<transport::Transport> transport(const model::Host& host);

    /// Finds the way, logs in and measures, and hangs up. Never fails itself: see
    /// HostCheck::failure.
    loop::Task<HostCheck> check(model::Host host, loop::Stop& stop);
    /// Finds the way without going it.
    loop::Task<Result<Way>> way(model::Host host, loop::Stop& stop);

    /// What the transports share; private to the room.
    struct Shared;

  private:
    std::unique_ptr<Shared> shared_;
};

}  // namespace remuda::ssh
