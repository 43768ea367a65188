// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>

namespace remuda::test {

/// Passes connections on to a server, one after the other, on a thread of its own.
class Relay {
  public:
    static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

    /// Listens on `address` (IPv4 or IPv6). Of each connection the first `most` bytes from the
    /// server are passed on; then it is closed.
    Relay(const std::string& address, const std::string& server, std::uint16_t server_port,
          std::size_t most = kAll);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The next `count` connections are sent off with a line of text, as sshd does without a
    /// greeting when it has too many, or has been tried too often.
    void turn_away(std::size_t count) { turned_away_ = count; }
    /// Bytes from the server that the last connection got.
    [[nodiscard]] std::size_t passed() const { return passed_; }

  private:
    void serve();
    void pass_on(const Fd& client, const Fd& server);

    Fd listener_;
    std::string server_;
    std::uint16_t server_port_;
    std::size_t most_;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> passed_ = 0;
    std::atomic<std::size_t> turned_away_ = 0;
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

}  // namespace remuda::test
