// SPDX-License-Identifier: MIT
//
// HostSettings: everything that decides how one host is reached, as plain values, after hosts.yaml,
// ssh_config and the command line were put together. Made by `choose_way`.
#pragma once

#include "remuda/base/clock.h"
#include "remuda/model/fleet.h"
#include "remuda/ssh_config/ssh_config.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace remuda::ssh {

enum class HostKeyPolicy {
    /// Ask the user once for all new hosts; yes writes them to known_hosts.
    ask,
    /// Trust it and write it to known_hosts.
    accept_new,
    /// Refuse.
    strict,
};

/// A host on the way to another.
struct Jump {
    std::string name;
    std::string user;
    std::optional<std::uint16_t> port;
};

/// How the bytes get to the host.
struct DirectRoute {};
/// Through sessions of ours: the first is reached from here, the last connects to the host. Each is
/// resolved by ssh_config like a host of its own.
struct JumpRoute {
    std::vector<Jump> jumps;
};
/// A process whose stdin and stdout are the connection (ssh_config(5), ProxyCommand), its tokens
/// expanded.
struct CommandRoute {
    std::string command;
};
using Route = std::variant<DirectRoute, JumpRoute, CommandRoute>;

enum class AddressFamily { any, inet, inet6 };

struct HostSettings {
    /// What the user calls it; in messages.
    std::string name;
    /// Where it stands in hosts.yaml.
    model::Place place;
    /// Where to connect to: a name or an address.
    std::string host_name;
    std::uint16_t port = 22;
    std::string user;
    Route route;

    // The address.
    AddressFamily address_family = AddressFamily::any;
    std::string bind_address;

    // Trust. The name under which it stands in known_hosts, with the port unless an alias is given.
    std::string host_key_alias;
    HostKeyPolicy host_key = HostKeyPolicy::strict;
    /// New keys go to the first.
    std::vector<std::string> user_known_hosts;
    std::vector<std::string> global_known_hosts;
    bool hashes_known_hosts = false;

    // Logging in.
    /// In the order of offers; expanded. Empty: the usual ones.
    std::vector<std::string> identity_files;
    /// The agent gives only the keys of these files.
    bool identities_only = false;
    /// Path of the agent's socket; empty: none.
    std::string agent_socket;
    /// Expanded. Empty: those beside the identity files.
    std::vector<std::string> certificate_files;
    /// In the order in which they are tried; those with a password only if there is one.
    std::vector<std::string> authentications{"publickey", "keyboard-interactive", "password"};
    /// The user may be asked for the passphrase of a key file.
    bool asks_passphrases = true;
    /// The password of the run may be offered.
    bool takes_password = true;

    // Deadlines. A silent peer is asked after `alive_interval` without a byte, and given up when
    // `alive_count` questions stay unanswered, each for four fifths of the interval.
    Duration connect_timeout = std::chrono::seconds(10);
    Duration login_timeout = std::chrono::seconds(20);
    Duration alive_interval = std::chrono::seconds(10);
    int alive_count = 2;

    // Algorithms, as comma-separated lists ready for the library; empty: ours.
    std::string ciphers;
    std::string macs;
    std::string key_exchanges;
    std::string host_key_algorithms;

    // The command.
    /// Variables to ask the server to set.
    std::vector<std::pair<std::string, std::string>> environment;
};

/// How a host is reached.
struct Way {
    enum class Kind {
        /// By libssh2, as `settings` says.
        library,
        /// By the system's `ssh`, since it needs what the library cannot do.
        system_ssh,
    };
    Kind kind = Kind::library;
    /// Why, for people: "GSSAPIAuthentication yes (~/.ssh/config:12)". Empty where there is nothing
    /// to say.
    std::string why;
    HostSettings settings;
    /// What is done otherwise than the files say, for people.
    std::vector<std::string> notes;
};

}  // namespace remuda::ssh
