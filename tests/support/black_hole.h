// SPDX-License-Identifier: MIT
#pragma once

#include "remuda/base/fd.h"

#include <string>

namespace remuda::test {

/// An address on loopback where connecting neither succeeds nor fails: its queue of connections
/// is full, and nobody takes one from it.
class BlackHole {
  public:
    BlackHole();

    /// "127.0.0.1:4711".
    [[nodiscard]] const std::string& address() const { return address_; }

  private:
    Fd listener_;
    /// They fill the queue.
    Fd first_;
    Fd second_;
    std::string address_;
};

}  // namespace remuda::test
