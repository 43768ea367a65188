// SPDX-License-Identifier: MIT
//
// Identities: which keys to offer to a host, and in which order.
//
// One per run, for all hosts: each key file is read and decoded once, the agent asked once.
#pragma once

#include "remuda/loop/loop.h"
#include "ssh/agent.h"
#include "ssh/private_key.h"

#include <memory>
#include <string>
#include <vector>

namespace remuda::ssh {

class Identities {
  public:
    struct Candidate {
        std::string public_blob;
        /// The file's path, or the agent's comment.
        std::string name;
        /// Owned by the Identities; nullptr if the agent signs.
        const PrivateKey* key = nullptr;
    };
    struct Offer {
        /// In ssh's order: keys of the agent that match a key file named, its other keys, key
        /// files. No key appears twice.
        std::vector<Candidate> candidates;
        /// Why keys that the user may count on are not among them, one line each.
        std::vector<std::string> notes;
    };

    /// `home` is the folder that `~/` stands for.
    explicit Identities(std::string home);
    ~Identities();
    Identities(const Identities&) = delete;
    Identities& operator=(const Identities&) = delete;

    struct Wanted {
        /// As in model::Host; empty for the usual ones of ~/.ssh.
        std::vector<std::string> identity_files;
        /// No key of the agent but those of the files.
        bool identities_only = false;
    };

    /// `agent` may be null and outlives the offer. Never fails: an agent that is cut off by
    /// `deadline` or `stop` becomes a note.
    loop::Task<Offer> offer(const Wanted& wanted, Agent* agent, Time deadline, loop::Stop& stop);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// $HOME, else what the user database says; "" if neither knows.
[[nodiscard]] std::string home_folder();

/// `path` with a leading "~/" replaced by `home`.
[[nodiscard]] std::string expanded_home(const std::string& path, const std::string& home);

}  // namespace remuda::ssh
