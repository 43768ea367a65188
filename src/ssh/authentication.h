// SPDX-License-Identifier: MIT
//
// What one login has to offer to a server, and what has come of it. A login may take several
// connections: servers cut one after some refusals, and a user who is asked for a passphrase takes
// longer than servers wait.
#pragma once

#include "remuda/base/secret.h"
#include "ssh/agent.h"
#include "ssh/identities.h"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace remuda::ssh {

struct Credentials {
    std::string user;
    Identities::Offer offer;
    /// For candidates without a key; may be null where there are none.
    Agent* agent = nullptr;
    /// "publickey", "keyboard-interactive", "password", in the order in which they are tried.
    std::vector<std::string> methods;
    /// Null: none.
    const Secret* password = nullptr;
};

/// Over all connections of one login.
struct Attempts {
    /// Public blobs, which are not offered again.
    std::set<std::string> refused_keys;
    /// Methods with nothing left to try.
    std::set<std::string> spent_methods;
    /// Names of what was refused, for people.
    std::vector<std::string> tried;
    /// Why keys could not sign.
    std::vector<std::string> reasons;
    /// Connections that the server cut before all was tried.
    int cuts = 0;
};

/// How the authentication on one connection ended, unless it failed.
struct LoginEnd {
    enum class Kind {
        logged_in,
        /// The server cut the connection, and not all has been tried.
        cut,
        /// The server takes a key whose file is locked: see `Identities::unlock`.
        locked,
        /// The server takes a security key that only the system's ssh can have sign.
        security_key,
    };
    Kind kind = Kind::logged_in;
    /// Blob of the key that the server takes; empty: none, or not known yet.
    std::string key;
    /// The locked file, or that of the security key.
    std::string path;
};

}  // namespace remuda::ssh
