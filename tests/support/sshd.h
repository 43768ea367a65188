// SPDX-License-Identifier: MIT
//
// Throwaway OpenSSH servers for tests: keys, a configuration and an address of their own, login as
// the user who runs the test, nothing left behind. They work as root and as an ordinary user.
// When a test fails, the log of each server it used is printed.
//
// A program whose tests need a server calls `require_sshd()` first in each of them.
#pragma once

#include "remuda/base/fd.h"
#include "support/temp_dir.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace remuda::test {

/// Ends the program with 77, which ctest shows as skipped, if no sshd is installed here.
void require_sshd();

/// "127.x.y.z:port" that nobody listens at, nor another test running now, most likely.
[[nodiscard]] std::string free_address();

/// The name of the user who runs the test; the servers let in nobody else.
[[nodiscard]] std::string current_user();

enum class KeyType { ed25519, ecdsa, rsa };

/// Keys of users and hosts, without passphrase. Each is made at its first use and lives as long as
/// the program.
class SshKeys {
  public:
    /// The keys that all servers of this program share.
    [[nodiscard]] static SshKeys& shared();

    /// Path of a user's private key that every server accepts; the public key is beside it (.pub).
    [[nodiscard]] std::string user_key(KeyType type = KeyType::ed25519);
    /// Path of a host's private key.
    [[nodiscard]] std::string host_key(KeyType type = KeyType::ed25519);
    /// A host's public key as in known_hosts: `ssh-ed25519 AAAA...`.
    [[nodiscard]] std::string host_public_key(KeyType type = KeyType::ed25519);
    /// Path of the file that lists the users' public keys.
    [[nodiscard]] std::string authorized_keys() const;

  private:
    SshKeys() = default;
    std::string key(const std::string& owner, KeyType type);

    TempDir folder_;
};

struct SshdOptions {
    /// Lines of sshd_config that come first, and so win over ours.
    std::string config;
    /// Lines that come last: `Match` blocks.
    std::string match;
    std::vector<KeyType> host_keys{KeyType::ed25519};
    /// Added to the server's own.
    std::vector<std::pair<std::string, std::string>> environment;
};

/// A server process, its log and its sessions. Base of the two kinds below.
class SshdProcess {
  public:
    ~SshdProcess();
    SshdProcess(const SshdProcess&) = delete;
    SshdProcess& operator=(const SshdProcess&) = delete;

    /// Ends the server, its sessions and whatever they started, at once (SIGKILL). Idempotent.
    void kill_now();

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Every process below the server: sessions, and the commands they run.
    [[nodiscard]] std::vector<pid_t> session_processes() const;
    [[nodiscard]] std::string log() const;
    /// HOME of its sessions, an empty folder at first. (Commands still start in the user's own
    /// home, which sshd takes from the password file.)
    [[nodiscard]] std::string home() const;

  protected:
    SshdProcess() = default;
    /// Writes the configuration and lets `sshd -t` check it; throws with its complaint.
    void write_config(const SshdOptions& options, const std::string& listen);
    void start(const std::vector<std::string>& options, int stdio);
    [[nodiscard]] bool has_ended() const;

  private:
    TempDir folder_;
    std::string marker_;
    std::vector<std::pair<std::string, std::string>> environment_;
    pid_t pid_ = -1;
};

/// A daemon on an address of its own in 127.0.0.0/8. It accepts connections once constructed.
class Sshd : public SshdProcess {
  public:
    explicit Sshd(const SshdOptions& options = {});

    /// Comes back at the same address after `kill_now`, soon: does not wait for it.
    void start_again() { start({"-D"}, -1); }

    [[nodiscard]] const std::string& address() const { return address_; }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The lines of a known_hosts file for this server.
    [[nodiscard]] std::string known_hosts() const;

  private:
    [[nodiscard]] bool wait_until_listening() const;

    std::vector<KeyType> host_keys_;
    std::string address_;
    std::uint16_t port_ = 0;
};

/// `sshd -i` on one end of a socketpair: one connection, no port.
class InetdSshd : public SshdProcess {
  public:
    explicit InetdSshd(const SshdOptions& options = {});

    /// The client's end. Call it once.
    [[nodiscard]] Fd take_socket() { return std::move(socket_); }

  private:
    Fd socket_;
};

}  // namespace remuda::test
