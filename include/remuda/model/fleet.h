// SPDX-License-Identifier: MIT
//
// Hosts and nodes: what hosts.yaml expands to. Plain values.
#pragma once

#include "remuda/model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace remuda::model {

/// Parameter names with their values, in document order. Values are raw text.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// Where in the user's files something stands. Lines and columns count from 1; columns count bytes.
struct Place {
    std::string file;
    std::size_t line = 0;
    std::size_t column = 0;
};

/// A machine with its way in. Two nodes with equal user, name, port, identity files and shim folder
/// share a host.
struct Host {
    HostId id;
    /// What the user wrote: an alias, a name or an address, without user and port.
    std::string name;
    /// The login name; the user of this machine where empty.
    std::string user;
    /// 22 where absent.
    std::optional<std::uint16_t> port;
    /// Key files to offer, in this order, instead of the usual ones of ~/.ssh; "~/" not yet
    /// expanded.
    std::vector<std::string> identity_files;
    /// The shim's folder there; empty: the usual one. "~/" is the home there.
    std::string shim_dir;
    /// True for localhost, 127.0.0.1 and ::1 without user, port or identity file: jobs run as child
    /// processes, without SSH.
    bool is_local = false;
    Place place;
};

/// Whether both are one host, by the rule above.
[[nodiscard]] inline bool is_same_host(const Host& one, const Host& other) {
    return one.user == other.user && one.name == other.name &&
           one.port.value_or(0) == other.port.value_or(0) &&
           one.identity_files == other.identity_files && one.shim_dir == other.shim_dir;
}

/// A host bound to one value of each of its parameters.
struct Node {
    NodeId id;
    HostId host;
    /// The rendered hostname, as `{{ hostname }}` gives it: `user@name:port` as written.
    std::string hostname;
    /// What people see: the hostname, with ` (k=v,k2=v2)` behind it where it has parameters. Unique
    /// in the fleet: equal ones get ` #2`, ` #3` ... appended.
    std::string label;
    Parameters parameters;
    /// Units of capacity; at least 1.
    int slots = 1;
    std::vector<std::string> labels;
    Place place;
};

/// Everything that jobs can run on. `hosts[id.value].id == id`, likewise for nodes. While a run
/// goes on it only grows at its ends: what has left keeps its place, and labels are unique among
/// those that have not.
struct Fleet {
    std::vector<Host> hosts;
    std::vector<Node> nodes;
};

}  // namespace remuda::model
