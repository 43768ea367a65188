// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace remuda::test {

/// Ends the program with 77, which ctest shows as skipped, where no network namespace can be made:
/// that takes root and /dev/net/tun.
void require_wire();

/// Two network namespaces of our own, "here" and "there", and a wire between them on which packets
/// take their time and get lost. Nothing outside of them is touched. The packets are carried by a
/// thread of the test, so no kernel module for delays is needed.
class Wire {
  public:
    /// `delay`: each way. `lost_of_1000`: how many packets get lost, by a fixed seed.
    Wire(std::chrono::milliseconds delay, unsigned lost_of_1000);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// While it lives, what this thread starts is in the namespace.
    class Stay {
      public:
        explicit Stay(const Fd& space);
        ~Stay();
        Stay(const Stay&) = delete;
        Stay& operator=(const Stay&) = delete;

      private:
        Fd before_;
    };
    [[nodiscard]] Stay here() const { return Stay(here_.space); }
    [[nodiscard]] Stay there() const { return Stay(there_.space); }

    /// Addresses "there": 0 to 3.
    [[nodiscard]] static std::string address(int number);
    /// From now on every packet from and to the address is swallowed, as by a link that is down.
    void cut(const std::string& address);
    void mend(const std::string& address);
    /// Packets that got lost, or were swallowed.
    [[nodiscard]] unsigned lost() const { return lost_; }

  private:
    struct End {
        Fd space;
        Fd packets;
    };
    [[nodiscard]] static End make_end(const std::string& first_address, int aliases);
    void carry();
    [[nodiscard]] bool is_swallowed(const char* packet, std::size_t size);

    // Set once.
    const std::chrono::milliseconds delay_;
    const unsigned lost_of_1000_;
    End here_;
    End there_;

    std::mutex mutex_;
    /// Guarded by mutex_; in the byte order of packets.
    std::set<std::uint32_t> cut_;
    std::atomic<unsigned> lost_ = 0;
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

}  // namespace remuda::test
