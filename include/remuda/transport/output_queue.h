// SPDX-License-Identifier: MIT
//
// OutputQueue: output of a command that waits to be read.
#pragma once

#include "remuda/transport/transport.h"

#include <cstddef>
#include <deque>
#include <string_view>

namespace remuda::transport {

class OutputQueue {
  public:
    /// Small pieces of one stream are put together, so that a chatty command costs few events.
    void add(model::Stream stream, std::string_view bytes);
    [[nodiscard]] bool is_empty() const { return pieces_.empty(); }
    /// All that waits.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// The first piece; there is one.
    [[nodiscard]] Output take();
    void clear();

  private:
    std::deque<Output> pieces_;
    std::size_t bytes_ = 0;
};

}  // namespace remuda::transport
