// SPDX-License-Identifier: MIT
//
// Identities: which keys and certificates to offer to a host, and in which order.
//
// One per run, for all hosts: each file is read and decoded once, the agent asked once, and so is
// the user for the passphrase of a key file.
#pragma once

#include "remuda/loop/loop.h"
#include "remuda/ssh/client.h"
#include "ssh/agent.h"
#include "ssh/private_key.h"

#include <memory>
#include <string>
#include <vector>

namespace remuda::ssh {

class Identities {
  public:
    struct Candidate {
        /// What is offered: a public key or a certificate. Empty for a file that shows it only to
        /// those who know its passphrase.
        std::string public_blob;
        /// The file's path, or the agent's comment.
        std::string name;
        /// Owned by the Identities; nullptr if the agent signs, or if the file is locked.
        const PrivateKey* key = nullptr;
        /// The file that must be unlocked before it can sign; empty: none.
        std::string locked_file;
        /// The file of a security key that the agent does not hold: only the system's ssh can have
        /// it sign. Empty: none.
        std::string security_key_file;
        /// The key that the agent is to sign with.
        std::string agent_blob;
    };
    struct Offer {
        /// In ssh's order: certificates that were named, keys of the agent that match a key file
        /// named, its other keys, key files, each followed by its certificate. Nothing appears
        /// twice.
        std::vector<Candidate> candidates;
        /// Why keys that the user may count on are not among them, one line each.
        std::vector<std::string> notes;
    };

    /// `home` is the folder that `~/` stands for. Without `ask`, files that need a passphrase are
    /// no candidates, but notes.
    Identities(loop::Loop& loop, std::string home, AskSecret ask = nullptr);
    ~Identities();
    Identities(const Identities&) = delete;
    Identities& operator=(const Identities&) = delete;

    struct Wanted {
        /// As in model::Host; empty for the usual ones of ~/.ssh.
        std::vector<std::string> identity_files;
        /// Empty: those beside the identity files ("id_rsa-cert.pub").
        std::vector<std::string> certificate_files;
        /// No key of the agent but those of the files.
        bool identities_only = false;
        /// Whether the user may be asked for passphrases.
        bool may_ask = true;
        /// Security keys that the agent does not hold are candidates, not notes.
        bool with_security_keys = false;
    };

    /// `agent` may be null and outlives the offer. Never fails: an agent that is cut off by
    /// `deadline` or `stop` becomes a note.
    loop::Task<Offer> offer(Wanted wanted, Agent* agent, Time deadline, loop::Stop& stop);

    /// Asks the user for the passphrase of a locked file of a candidate, unless that has been done.
    /// Offers made from then on have the key, or a note if the user does not tell it.
    loop::Task<> unlock(std::string path, loop::Stop& stop);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// $HOME, else what the user database says; "" if neither knows.
[[nodiscard]] std::string home_folder();

/// `path` with a leading "~/" replaced by `home`.
[[nodiscard]] std::string expanded_home(const std::string& path, const std::string& home);

}  // namespace remuda::ssh
