// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace remuda::test {

/// A small SSH server that says what a test wants, well-formed or not: curve25519-sha256,
/// ssh-ed25519 and chacha20-poly1305@openssh.com alone, on a socketpair, on a thread of its own.
///
/// It exchanges keys and then runs the test's script, which receives and sends packets; a script
/// that begins at once sends what it wants instead. When the client is gone the script is left by
/// an exception that ends the thread.
class RogueServer {
  public:
    using Script = std::function<void(RogueServer&)>;

    enum class Begin { after_key_exchange, at_once };

    explicit RogueServer(Script script, Begin begin = Begin::after_key_exchange);
    ~RogueServer();
    RogueServer(const RogueServer&) = delete;
    RogueServer& operator=(const RogueServer&) = delete;

    /// The client's end. Call it once.
    [[nodiscard]] Fd take_socket() { return std::move(client_); }

    // For the script.

    /// The payload of the next packet; it must begin with the message number `expected`.
    std::string receive(std::uint8_t expected);
    /// The same, whatever it is.
    std::string receive_any();
    /// Sends a payload in a well-formed packet. `padding` fills the first bytes of its padding.
    void send(std::string_view payload, std::string_view padding = {});
    /// The same packet so many times, in one piece.
    void send_many(std::string_view payload, std::size_t count);
    /// Encrypts `plain`, which should be padding_length, payload and padding, and sends it as it
    /// is.
    void send_plain(const std::string& plain);
    /// Sends bytes that are no packet.
    void send_raw(std::string_view bytes) { write(bytes); }
    /// What the server begins with, its offer of algorithms, and all of the key exchange.
    void send_banner();
    [[nodiscard]] static std::string offer();
    void exchange_keys();

    /// Parts of payloads.
    [[nodiscard]] static std::string number(std::uint32_t value);
    [[nodiscard]] static std::string text(std::string_view value);

    // For the test.

    /// Bytes that were sent so far.
    [[nodiscard]] std::size_t sent_bytes() const { return sent_bytes_; }

  private:
    std::string read_exactly(std::size_t size);
    [[nodiscard]] std::string sealed(const std::string& plain);
    void write(std::string_view data);

    Fd server_;
    Fd client_;
    /// The two keys of each direction, 64 bytes; empty before the exchange.
    std::string receive_key_;
    std::string send_key_;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    std::atomic<std::size_t> sent_bytes_ = 0;
    /// Why the thread ended; to look at in a debugger.
    std::string over_;
    std::thread thread_;
};

}  // namespace remuda::test
