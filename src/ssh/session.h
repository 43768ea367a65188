// SPDX-License-Identifier: MIT
//
// Session: a libssh2 session between two buffers of ours ("memory transport"), without a socket.
//
// libssh2 reads from and writes to the buffers; `send` never says EAGAIN, so libssh2 never holds
// half a packet of its own. That removes its stalls with several channels on one session (issues
// #1397, #1672, #1945, #2110). The owner carries the bytes to and from the socket, tunnel or
// socketpair.
#pragma once

#include "remuda/base/result.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <libssh2.h>

namespace remuda::ssh {

class Session {
  public:
    Session();
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// What key exchange offers, as comma-separated lists; empty: ours.
    struct Algorithms {
        std::string key_exchanges;
        std::string host_keys;
        std::string ciphers;
        std::string macs;
    };
    /// What is offered where nothing else was asked for.
    [[nodiscard]] static const Algorithms& usual_algorithms();
    /// Before the handshake. False: the library has nothing of some list.
    [[nodiscard]] bool offer_algorithms(const Algorithms& algorithms);
    /// Key exchange offers; types of host keys that are known come first. Before the handshake.
    void prefer_host_keys(const std::vector<std::string>& known_types);

    /// Bytes came from the other side. Must be followed by calls until those say EAGAIN.
    void feed(std::string_view bytes);
    /// The other side closed its direction.
    void feed_end() { transport_.is_ended = true; }
    /// Bytes that were fed and that libssh2 has not read yet.
    [[nodiscard]] std::size_t unread_bytes() const {
        return transport_.in.size() - transport_.in_begin;
    }

    /// What libssh2 holds for this session, in bytes.
    [[nodiscard]] std::size_t memory_bytes() const {
        return transport_.held_bytes > 0 ? static_cast<std::size_t>(transport_.held_bytes) : 0;
    }

    /// Counts all bytes that were ever fed.
    [[nodiscard]] std::size_t total_fed() const { return transport_.total_fed; }

    /// Lets libssh2 read every packet that came into its queues, and answer those that want it (the
    /// server's keepalives), with or without a channel. False: the session is broken.
    [[nodiscard]] bool drain();

    /// Bytes that wait to be sent.
    [[nodiscard]] std::string_view outgoing() const {
        return std::string_view(transport_.out).substr(transport_.out_begin);
    }
    /// The first `count` outgoing bytes were sent.
    void sent(std::size_t count);
    /// Counts all bytes that were ever put into, and taken out of, the out buffer.
    [[nodiscard]] std::size_t total_written() const { return transport_.total_written; }
    [[nodiscard]] std::size_t total_sent() const { return transport_.total_sent; }

    /// The other side takes no more: it has closed its direction, or taken leave.
    [[nodiscard]] bool is_over() const { return transport_.is_ended || transport_.farewell; }
    /// What it said when it took leave (SSH_MSG_DISCONNECT); null if it did not.
    [[nodiscard]] const std::string* farewell() const {
        return transport_.farewell ? &*transport_.farewell : nullptr;
    }

    struct Prompt {
        std::string text;
        /// The answer must not be shown.
        bool is_hidden = false;
    };
    /// The answer to a single prompt; for none or several it counts as nothing said.
    using AnswerPrompts = std::function<std::string_view(const std::vector<Prompt>& prompts)>;
    /// libssh2's keyboard-interactive authentication; call it until it does not say EAGAIN.
    /// `answer` is asked within the calls, once for each round of prompts.
    [[nodiscard]] int log_in_by_prompts(const std::string& user, const AnswerPrompts& answer);
    /// Memory that libssh2 releases is wiped from now on, or no more.
    void set_wiping(bool is_wiping) { transport_.is_wiping = is_wiping; }

    /// From now on nothing is read or written: whatever libssh2 is asked to do ends at once.
    void poison() { transport_.is_poisoned = true; }

    [[nodiscard]] LIBSSH2_SESSION* raw() const { return raw_; }
    /// libssh2's words for its last error, with the code.
    [[nodiscard]] std::string last_error() const;
    /// The raw public key blob that the server proved to own.
    [[nodiscard]] std::string host_key() const;
    /// What the server calls itself: "SSH-2.0-OpenSSH_9.2p1 ...". Empty before the banner.
    [[nodiscard]] std::string server_banner() const;

  private:
    struct MemoryTransport {
        std::string in;
        std::size_t in_begin = 0;
        std::string out;
        std::size_t out_begin = 0;
        std::size_t total_fed = 0;
        std::size_t total_written = 0;
        std::size_t total_sent = 0;
        // Signed: what we give to libssh2 to be freed was not counted.
        std::ptrdiff_t held_bytes = 0;
        bool is_ended = false;
        bool is_poisoned = false;
        bool is_wiping = false;
        std::optional<std::string> farewell;
        // Within log_in_by_prompts alone.
        const AnswerPrompts* answer = nullptr;
    };
    static void* allocate(std::size_t count, void** abstract);
    static void* reallocate(void* memory, std::size_t count, void** abstract);
    static void release(void* memory, void** abstract);
    static ssize_t send_to_memory(libssh2_socket_t, const void* buffer, std::size_t length, int,
                                  void** abstract);
    static ssize_t receive_from_memory(libssh2_socket_t, void* buffer, std::size_t length, int,
                                       void** abstract);

    static void take_leave(LIBSSH2_SESSION*, int reason, const char* message, int message_length,
                           const char*, int, void** abstract);
    static void answer_prompts(const char*, int, const char*, int, int count,
                               const LIBSSH2_USERAUTH_KBDINT_PROMPT* prompts,
                               LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** abstract);

    MemoryTransport transport_;
    std::string host_keys_;
    LIBSSH2_SESSION* raw_;
};

}  // namespace remuda::ssh
